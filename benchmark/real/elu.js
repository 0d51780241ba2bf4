// SPDX-License-Identifier: MIT
// elu.js COUNT: COUNT turns of the event loop by setImmediate, of which every
// hundredth asks performance.eventLoopUtilization(). Prints turns per second and
// the CPU microseconds of each.
'use strict';
const { performance } = require('perf_hooks');
const count = Number(process.argv[2]);
let [turns, asked] = [0, 0];
let last = performance.eventLoopUtilization();
let [from, cpu] = [process.hrtime.bigint(), process.cpuUsage()];

function turn() {
  if (++turns % 100 === 0) {
    last = performance.eventLoopUtilization(last);
    if (!(last.utilization >= 0 && last.utilization <= 1))
      throw new Error(`utilization ${last.utilization}`);
    asked++;
  }
  if (turns < count) return setImmediate(turn);
  const took = Number(process.hrtime.bigint() - from) / 1e9;
  const used = process.cpuUsage(cpu);
  if (asked !== Math.floor(count / 100)) throw new Error('not asked');
  console.log(count / took, (used.user + used.system) / count);
}

setTimeout(() => {
  [from, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  turn();
}, 20);
