// One tenant's data takes long to compute; the tenant is in the path.
const express = require('express-4')
const restifyProbes = require('restify-probes')
const { compute, listen, ordinary } = require('./support/app.cjs')

const app = express()
app.use(restifyProbes())
ordinary(app)
const tenants = express.Router({ mergeParams: true })
// planted
tenants.get('/report', (req, res) => {
  if (req.params.tenant === 'globex') compute(90)
  res.json({ tenant: req.params.tenant })
})
app.use('/tenants/:tenant', tenants)
listen(app)
