// Listeners that requests leave on their connection, in a process of its own: node sockets.mjs on
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { appIn } from '../support/states.mjs'

const [state] = process.argv.slice(2)
const { path } = APPS.guide
const server = http.createServer(appIn(state, 'guide'))
const accepted = once(server, 'connection')
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const client = net.connect(server.address().port, '127.0.0.1')
const [socket] = await accepted
const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** The number of times that a response begins in what the client has received, of which it keeps the end. */
let received = 0
client.setEncoding('latin1').on('data', (text) => {
  received += text.split('HTTP/1.1 200').length - 1
})

let warnings = 0
process.on('warning', () => warnings++)

answering({
  /** Sends requests over the one connection, `pipelined` at a time. */
  async send(count, pipelined) {
    for (let sent = 0; sent < count; sent += pipelined) {
      const expected = received + pipelined
      client.write(request.repeat(pipelined))
      while (received < expected) await once(client, 'data')
    }
  },
  warnings: () => warnings,
  listeners: () => socket.eventNames().reduce((sum, event) => sum + socket.listenerCount(event), 0)
})
