/**
 * A PDF with a classic cross-reference and one page, padded by an uncompressed image-like stream.
 *
 * @param bytes - About how large it is to be.
 */
export function makeDocument(bytes: number): Buffer {
  const padding = Buffer.alloc(Math.max(0, bytes - 700))
  for (let i = 0; i < padding.length; i += 1) padding[i] = (i * 2_654_435_761) >>> 24
  const objects: Buffer[] = [
    Buffer.from('<</Type/Catalog/Pages 2 0 R>>'),
    Buffer.from('<</Type/Pages/Kids[3 0 R]/Count 1>>'),
    Buffer.from('<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>'),
    Buffer.from('<</Length 0>>\nstream\n\nendstream'),
    Buffer.concat([
      Buffer.from(`<</Length ${padding.length}>>\nstream\n`),
      padding,
      Buffer.from('\nendstream'),
    ]),
  ]
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const offsets: number[] = []
  let length = 9
  objects.forEach((object, index) => {
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      object,
      Buffer.from('\nendobj\n'),
    ])
    offsets.push(length)
    parts.push(part)
    length += part.length
  })
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  parts.push(
    Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows}`),
    Buffer.from(`trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${length}\n%%EOF\n`),
  )
  return Buffer.concat(parts)
}
