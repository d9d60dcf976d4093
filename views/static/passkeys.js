// Forms with data-passkey: ask the browser for a passkey, then send its answer as an ordinary form.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) =>
    sign.charCodeAt(0),
  )

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const withBytes = (credentials) => credentials?.map((one) => ({ ...one, id: toBytes(one.id) }))

const ask = {
  get: (options) =>
    navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: withBytes(options.allowCredentials),
      },
    }),
  create: (options) =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: withBytes(options.excludeCredentials),
      },
    }),
}

const describe = ({ id, rawId, type, authenticatorAttachment, response }) => {
  const parts = { clientDataJSON: toText(response.clientDataJSON) }
  if (response.attestationObject) {
    parts.attestationObject = toText(response.attestationObject)
    parts.transports = response.getTransports?.() ?? []
  } else {
    parts.authenticatorData = toText(response.authenticatorData)
    parts.signature = toText(response.signature)
    if (response.userHandle) parts.userHandle = toText(response.userHandle)
  }
  return JSON.stringify({
    id,
    rawId: toText(rawId),
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    response: parts,
  })
}

async function answer(form) {
  const asked = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { 'X-CSRF-Token': form.elements.csrf.value, Accept: 'application/json' },
  })
  if (!asked.ok) throw new Error(`the server answered ${asked.status}`)
  return describe(await ask[form.dataset.passkey](await asked.json()))
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('button[type=submit]')
    const failed = form.querySelector('[data-passkey-failed]')
    button.disabled = true
    failed.hidden = true
    try {
      form.elements.answer.value = await answer(form)
      form.submit()
    } catch {
      failed.hidden = false
      button.disabled = false
      button.focus()
    }
  })
}
