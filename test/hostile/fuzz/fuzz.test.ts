import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { skipFor } from '../../support/compulsory'
import { fuzz } from './run'

const linux = process.platform === 'linux' ? undefined : 'the addon is an ELF file on Linux only'

describe('what the command reads of other processes', skipFor(linux), () => {
  it('neither ends it, nor stops it, nor takes its memory: 20,000 cases', async () => {
    const { slowest } = await fuzz({ cases: 20_000, seed: 1 })
    assert.ok(slowest <= 100)
  })
})
