// One fetch for each member of a team, however large that is.
import http from 'node:http'
import express from 'express'
import restifyProbes from 'restify-probes'
import support from './support/app.cjs'

const service = http.createServer((_req, res) => {
  setTimeout(() => res.end('{}'), 4)
})
service.listen(0, '127.0.0.1')

const app = express()
app.use(restifyProbes())
support.ordinary(app)
// planted
app.get('/teams/:team', async (req, res) => {
  const members = req.params.team === 'everyone' ? 30 : 2
  for (let i = 0; i < members; i++) {
    const answer = await fetch(`http://127.0.0.1:${service.address().port}/users/${i}`)
    await answer.json()
  }
  res.json({})
})
support.listen(app)
