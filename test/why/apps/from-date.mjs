// A handler that waits for long if a query parameter is there, whatever its value.
import express from 'express'
import restifyProbes from 'restify-probes'
import support from './support/app.cjs'

const app = express()
app.use(restifyProbes())
support.ordinary(app)
const router = express.Router()
router.get(
  '/',
  // planted
  async (req, res) => {
    if (req.query.from) await support.about(180)
    res.json({ events: [] })
  }
)
app.use('/events', router)
support.listen(app)
