// Adds a passkey in the first run. Without a script, or where passkeys are not to be had, the page
// offers codes.
const form = document.getElementById('passkey')
const button = document.getElementById('passkey-add')
const none = document.getElementById('passkey-none')
const failed = document.getElementById('passkey-failed')

if (globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON !== undefined) {
  button.hidden = false
  none.hidden = true
  form.addEventListener('submit', add)
}

async function add(event) {
  event.preventDefault()
  button.disabled = true
  failed.hidden = true
  try {
    const asked = await fetch(`${form.action}/options`, {
      method: 'POST',
      headers: { 'x-csrf-token': form.elements.csrf.value },
    })
    if (!asked.ok) throw new Error(`${asked.status}`)
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await asked.json())
    const made = await navigator.credentials.create({ publicKey })
    form.elements.answer.value = JSON.stringify(made.toJSON())
    form.removeEventListener('submit', add)
    form.submit()
  } catch {
    failed.hidden = false
    button.disabled = false
  }
}
