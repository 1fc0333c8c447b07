// One query for each row of another one.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { about, listen, ordinary } = require('./support/app.cjs')

const authors = (page) => Array.from({ length: page === '1' ? 2 : 40 }, (_, i) => i)

const app = express()
app.use(restifyProbes())
ordinary(app)
// planted
app.get('/books', function listBooks(req, res, next) {
  const load = async () => {
    for (const _author of authors(req.query.page)) await about(4)
    res.json([])
  }
  load().catch(next)
})
listen(app)
