// One of several processes of a guard that the command line started.
import process from 'node:process';
import { serveAsWorker } from '@falsework/guard/workers';
import { type GuardSource, readSource } from './guard-source.ts';

serveAsWorker((data) => readSource(data as GuardSource, process.env));
