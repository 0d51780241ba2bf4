// SPDX-License-Identifier: MIT
// readfile.js FOLDER COUNT: reads FOLDER/0 to FOLDER/(COUNT-1) one after another
// by fs.promises.readFile, after a tenth of them to warm up. Prints files per
// second and the CPU microseconds of each.
'use strict';
const fs = require('fs');
const [folder, count] = [process.argv[2], Number(process.argv[3])];

async function read(files) {
  for (let i = 0; i < files; i++) {
    const bytes = await fs.promises.readFile(`${folder}/${i}`);
    if (bytes.length !== 512) throw new Error('not the file');
  }
}

async function main() {
  await read(Math.ceil(count / 10));
  const [from, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  await read(count);
  const took = Number(process.hrtime.bigint() - from) / 1e9;
  const used = process.cpuUsage(cpu);
  console.log(count / took, (used.user + used.system) / count);
}

main();
