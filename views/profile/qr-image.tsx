/** Light modules around the code (ISO/IEC 18004 §9.1). */
const QUIET = 4

interface QrImageProps {
  /** `1` for a dark module. */
  readonly rows: readonly string[]
  readonly title: string
}

/** A QR code, drawn as one path. */
export const QrImage = ({ rows, title }: QrImageProps) => {
  const size = rows.length + 2 * QUIET
  const path = rows.flatMap((row, y) =>
    [...row].flatMap((module, x) => (module === '1' ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])),
  )
  return (
    <svg
      class="qr"
      role="img"
      aria-label={title}
      viewBox={`0 0 ${size} ${size}`}
      width={size * 5}
      height={size * 5}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path.join('')} fill="#000" />
    </svg>
  )
}
