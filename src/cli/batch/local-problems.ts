import type { Problem } from './refusal.ts'

/** Problems of this side: none of the server's types. */
function local(title: string, detail: string): Problem {
  return { type: 'about:blank', title, detail }
}

export const CHANGED = local(
  'Document has changed',
  'It changed after it was sent. Once this batch is done, run the command again with --force.',
)

export function unreadable(reason: string): Problem {
  return local('Document cannot be read', `It cannot be read: ${reason}`)
}

export function unsafeName(reason: string): Problem {
  return local('Name is refused', `The name is refused because ${reason}. Rename the file.`)
}

export function inTheWay(path: string): Problem {
  return local('Another file is in the way', `${path} is another file. --force replaces it.`)
}

export function cannotWrite(reason: string): Problem {
  return local('Sealed file cannot be written', `It cannot be written: ${reason}`)
}
