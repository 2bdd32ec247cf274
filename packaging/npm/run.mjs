// The commands: one file, which goes by the name that it is called by.
import { spawn } from 'node:child_process';
import { program } from './index.mjs';

export function run(name) {
  const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit', argv0: name });
  // The program has seen Ctrl-C as well, and ends in its own time.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`${name}: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
