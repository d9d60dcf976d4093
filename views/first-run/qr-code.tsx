import QRCode from 'qrcode'

/** Light squares around it, as readers expect (ISO/IEC 18004 §6.3.8). */
const QUIET = 4

/** A text for the camera of a telephone. Whoever cannot use one needs the text beside it. */
export const QrCode = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  const side = modules.size + 2 * QUIET
  return (
    <svg
      class="qr-code"
      role="img"
      aria-label={label}
      width="220"
      height="220"
      viewBox={`0 0 ${side} ${side}`}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={darkSquares(modules)} fill="#000" />
    </svg>
  )
}

function darkSquares({ size, data }: QRCode.BitMatrix): string {
  const squares: string[] = []
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (data[y * size + x]) squares.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`)
    }
  }
  return squares.join('')
}
