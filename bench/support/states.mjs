import { APPS } from './apps.mjs'
import { listenToChannels, require, restifyProbes } from './probes.mjs'

export const STATES = {
  bare: 'bare Express',
  empty: 'one more empty middleware',
  off: 'restifyProbes(), off',
  on: 'on, channels'
}

/** One of the apps in one of the states. */
export function appIn(state, name) {
  const { build } = APPS[name]
  const express = require('express')
  const unnamed = () => []
  if (state === 'bare') return build(express, [], unnamed)
  if (state === 'empty') return build(express, [(_req, _res, next) => next()], unnamed)
  if (state === 'on') listenToChannels()
  const { route } = restifyProbes()
  return build(express, [restifyProbes()({ name: 'bench' })], (routeName) => [route(routeName)])
}
