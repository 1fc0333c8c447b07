// A regular expression that backtracks, on a route parameter; an ES module.
import express from 'express'
import restifyProbes from 'restify-probes'
import support from './support/app.cjs'

const app = express()
app.use(restifyProbes())
support.ordinary(app)
// planted
app.get('/pages/:slug', async (req, res) => {
  const parts = req.params.slug.match(/^([a-z]+-?)+$/)
  res.json({ parts })
})
support.listen(app)
