/**
 * A telephone number as people write it, in E.164: `06 12 34 56 78` is a French one.
 *
 * @returns Undefined when it is none.
 */
export function normaliseMobile(text: string): string | undefined {
  const digits = text.replace(/[\s.\-()]/g, '').replace(/^00/, '+')
  const international = digits.replace(/^0(?=[1-9])/, '+33')
  return /^\+[1-9]\d{6,14}$/.test(international) ? international : undefined
}
