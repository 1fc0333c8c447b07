// One call of another service for each thing in a list; the service is in the same file.
const http = require('node:http')
const express = require('express')
const restifyProbes = require('restify-probes')
const { listen, ordinary } = require('./support/app.cjs')

const service = http.createServer((_req, res) => {
  setTimeout(() => res.end('{}'), 5)
})
service.listen(0, '127.0.0.1')

function call(path) {
  return new Promise((resolve, reject) => {
    const { port } = service.address()
    http.get({ host: '127.0.0.1', port, path }, (res) => res.resume().on('end', resolve)).on('error', reject)
  })
}

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/carts/:id', async (req, res) => {
  const count = req.params.id.startsWith('big') ? 25 : 1
  for (let i = 0; i < count; i++) await call(`/products/${i}`)
  res.json({})
})
listen(app)
