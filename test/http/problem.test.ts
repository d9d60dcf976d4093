import { HTTPException } from 'hono/http-exception'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { listProblems, problemFor } from '../../src/http/problem.ts'

describe('a failure that was written for the client', () => {
  test('carries its slug, status, words and what helps to mend', () => {
    const error = new AppError('seal-suspended', 'The seal conseil is suspended.', {
      hints: { sealId: 'conseil' },
    })

    expect(problemFor(error)).toEqual({
      type: '/problems/seal-suspended',
      title: 'Seal is suspended',
      status: 409,
      detail: 'The seal conseil is suspended.',
      sealId: 'conseil',
    })
  })

  test('cannot change its own slug or status by a hint', () => {
    const hints = { type: 'x', title: 'x', status: 200, detail: 'x' }

    expect(problemFor(new AppError('not-found', 'Nothing there.', { hints }))).toEqual({
      type: '/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: 'Nothing there.',
    })
  })
})

test('a failure that nobody wrote for the client says nothing but that it happened', () => {
  const error = new Error('connect /run/secret.sock with password hunter2', {
    cause: new Error('inner'),
  })

  expect(problemFor(error)).toEqual({
    type: '/problems/internal',
    title: 'Internal error',
    status: 500,
  })
})

test('a request that the framework refused keeps its status and loses its words', () => {
  const error = new HTTPException(413, { message: 'internals' })

  expect(problemFor(error)).toEqual({
    type: 'about:blank',
    title: 'Request was refused',
    status: 413,
  })
})

describe('the list of problems', () => {
  test('has a fitting status and a title of its own for every slug', () => {
    const problems = listProblems()

    for (const { code, status, title } of problems) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(title).not.toBe('')
    }
    expect(new Set(problems.map(({ title }) => title)).size).toBe(problems.length)
  })

  test.each([
    { code: 'unauthenticated', status: 401 },
    { code: 'not-authorised', status: 403 },
    { code: 'delegation-required', status: 403 },
    { code: 'seal-not-found', status: 404 },
    { code: 'seal-suspended', status: 409 },
    { code: 'certificate-expired', status: 409 },
    { code: 'idempotency-conflict', status: 409 },
    { code: 'document-too-large', status: 413 },
    { code: 'not-a-pdf', status: 415 },
    { code: 'pdf-damaged', status: 422 },
    { code: 'quota-exceeded', status: 429 },
    { code: 'hsm-unavailable', status: 503 },
    { code: 'storage-full', status: 507 },
  ])('answers $code with $status', ({ code, status }) => {
    expect(listProblems()).toContainEqual(expect.objectContaining({ code, status }))
  })
})
