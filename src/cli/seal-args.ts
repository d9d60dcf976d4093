/** What `seal` and `batch` take of the options of a seal (docs/API.md, the query of `apply`). */
export const SEAL_ARGS = {
  seal: { type: 'string', required: true, description: 'Id of the seal' },
  out: { type: 'string', required: true, description: 'Folder for the sealed files' },
  level: { type: 'string', description: 'PAdES level (B-B)' },
  reason: { type: 'string', description: 'Why the documents are sealed' },
  location: { type: 'string', description: 'Where they are sealed' },
  contact: { type: 'string', description: 'Whom to ask' },
  field: { type: 'string', description: 'Existing empty signature field' },
  page: { type: 'string', description: 'Page of the seal, 1-based; -1 is the last' },
  rect: { type: 'string', description: 'Visible seal: x,y,width,height in points' },
  certify: { type: 'string', description: 'Certify instead of approve: 1, 2 or 3' },
} as const
