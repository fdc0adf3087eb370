import { Command } from 'commander';
import type { CommandFactory } from './command.ts';
import { rulesProposeCommand } from './rules-propose.ts';
import { rulesTestCommand } from './rules-test.ts';

/** `falsework rules`: tries rules before they are trusted, and proposes some. */
export const rulesCommand: CommandFactory = (context, finish) =>
  new Command('rules')
    .description('try comparison rules on stored pairs before trusting them, and propose some')
    .addCommand(rulesTestCommand(context, finish))
    .addCommand(rulesProposeCommand(context, finish));
