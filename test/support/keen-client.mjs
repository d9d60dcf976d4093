// The body of a thread: a client that sends its next request with the last octet of the answer, on
// a kept TLS connection. A thread of its own, because one that shares the server's is never as fast.
import { connect } from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'

const { port, times, bodyBytes } = workerData
const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyBytes}\r\n\r\n`
const request = Buffer.concat([Buffer.from(head), Buffer.alloc(bodyBytes, 'x')])

const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
let answered = 0
let wanted = 0
let received = 0
socket.once('secureConnect', () => socket.write(request))
socket.on('data', (chunk) => {
  if (received === 0) {
    const end = chunk.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(chunk.toString('latin1', 0, end))?.[1]
    wanted = end + 4 + Number(length)
  }
  received += chunk.length
  if (received < wanted) return
  received = 0
  answered += 1
  if (answered === times) socket.end()
  else socket.write(request)
})
socket.once('error', () => socket.destroy())
socket.once('close', () => parentPort?.postMessage(answered))
