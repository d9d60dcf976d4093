import { fromBER, Integer, Sequence } from 'asn1js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ecdsaSignatureToDer } from '../../hsm/ecdsa-der.ts'

describe('the DER of an ECDSA signature', () => {
  test.each([32, 48])('says the same two numbers of %i bytes, as asn1js reads them', (size) => {
    const number = fc.uint8Array({ minLength: size, maxLength: size })
    fc.assert(
      fc.property(number, number, (r, s) => {
        const der = ecdsaSignatureToDer(Buffer.concat([r, s]))
        const { result, offset } = fromBER(der)
        if (!(result instanceof Sequence)) throw new Error('not a SEQUENCE')
        const numbers = result.valueBlock.value.map((part) => {
          if (!(part instanceof Integer)) throw new Error('not an INTEGER')
          return part.toBigInt()
        })
        const wanted = [r, s].map((bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
        expect(numbers).toEqual(wanted)
        expect(offset).toBe(der.length)
        expect(Buffer.from(result.toBER())).toEqual(Buffer.from(der))
      }),
    )
  })

  test.each([0, 1, 63, 124])('is not made of %i bytes', (length) => {
    expect(() => ecdsaSignatureToDer(new Uint8Array(length))).toThrow(RangeError)
  })
})
