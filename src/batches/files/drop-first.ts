/** What is left of buffers after their first `count` octets; empty ones go too. */
export function dropFirst(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let toDrop = count
  return buffers.flatMap((buffer) => {
    const dropped = Math.min(toDrop, buffer.length)
    toDrop -= dropped
    return dropped < buffer.length ? [buffer.subarray(dropped)] : []
  })
}
