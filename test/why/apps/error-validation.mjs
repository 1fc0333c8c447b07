// What is not valid is looked up in a slow list of reasons.
import express from 'express-4'
import restifyProbes from 'restify-probes'
import support from './support/app.cjs'

const app = express()
app.use(restifyProbes())
app.use(express.json())
support.ordinary(app)
app.post(
  '/messages',
  // planted
  (_req, res, next) => {
    if (Math.random() < 0.8) return next()
    support.about(140).then(() => res.status(422).json({}))
  },
  (_req, res) => {
    res.status(201).json({})
  }
)
support.listen(app)
