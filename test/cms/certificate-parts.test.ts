import { X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import { beforeAll, describe, expect, test } from 'vitest'
import { readIssuerAndSerial, readSubject } from '../../src/cms/certificate-parts.ts'
import { encodeSequence } from '../../src/cms/der.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('of a certificate', () => {
  let certificate: Uint8Array
  let theirs: pkijs.Certificate

  beforeAll(async () => {
    certificate = new X509Certificate((await makeSoftwareSigner()).root).raw
    theirs = pkijs.Certificate.fromBER(Uint8Array.from(certificate).buffer)
  })

  test('the subject is its own octets, as pkijs finds them', () => {
    expect(hex(readSubject(certificate))).toBe(
      hex(new Uint8Array(theirs.subject.toSchema().toBER())),
    )
  })

  test('issuer and serial make the IssuerAndSerialNumber that pkijs makes', () => {
    const { issuer, serialNumber } = theirs
    const sid = new pkijs.IssuerAndSerialNumber({ issuer, serialNumber })

    expect(hex(readIssuerAndSerial(certificate))).toBe(hex(new Uint8Array(sid.toSchema().toBER())))
  })

  test('that is cut short nothing is read', () => {
    for (let length = 0; length < certificate.length; length += 7) {
      expect(() => readSubject(certificate.subarray(0, length))).toThrow(RangeError)
    }
    expect(() => readSubject(encodeSequence())).toThrow(RangeError)
    expect(() => readIssuerAndSerial(encodeSequence(encodeSequence()))).toThrow(RangeError)
  })
})
