import { FUNCTIONS, isFunctionName, mistyped } from './functions.ts';
import { parseLiteral } from './parse-literal.ts';
import type {
  ComparisonOperator,
  Condition,
  FilterQuery,
  FunctionCall,
  Operand,
  Segment,
} from './path-query.ts';
import type { PathReader } from './path-reader.ts';

/**
 * Segments contain filters and filters contain segments; handing one parser to the other keeps the
 * files acyclic.
 */
export type SegmentsParser = (reader: PathReader) => readonly Segment[];

const OPERATOR = /==|!=|<=|>=|<|>/y;
const FUNCTION_NAME = /[a-z][a-z_0-9]*(?=\()/y;

/**
 * The logical expression behind a `?`: `||` binds weaker than `&&`, `!` only before a test or a
 * parenthesis.
 */
export function parseCondition(reader: PathReader, parseSegments: SegmentsParser): Condition {
  return reader.nested(() => new FilterParser(reader, parseSegments).or());
}

class FilterParser {
  readonly #reader: PathReader;
  readonly #parseSegments: SegmentsParser;

  constructor(reader: PathReader, parseSegments: SegmentsParser) {
    this.#reader = reader;
    this.#parseSegments = parseSegments;
  }

  or(): Condition {
    return this.#joined('or', '||', () => this.#joined('and', '&&', () => this.#basic()));
  }

  /** One term stays itself; several become one node, flat, however many there are. */
  #joined(kind: 'or' | 'and', token: string, parseTerm: () => Condition): Condition {
    const first = parseTerm();
    const terms = [first];
    for (this.#reader.skipBlanks(); this.#reader.take(token); this.#reader.skipBlanks()) {
      this.#reader.skipBlanks();
      terms.push(parseTerm());
    }
    return terms.length === 1 ? first : { kind, terms };
  }

  #basic(): Condition {
    const reader = this.#reader;
    // A parenthesis always holds a condition here: RFC 9535 has no parentheses around operands.
    if (reader.peek() === '(') return this.#parenthesis();
    if (reader.take('!')) {
      reader.skipBlanks();
      if (reader.peek() === '(') return { kind: 'not', term: this.#parenthesis() };
      const at = reader.at;
      return { kind: 'not', term: this.#test(this.#operand(), at) };
    }
    return this.#comparisonOrTest();
  }

  #parenthesis(): Condition {
    const reader = this.#reader;
    reader.expect('(');
    reader.skipBlanks();
    const inner = reader.nested(() => this.or());
    reader.skipBlanks();
    reader.expect(')');
    return inner;
  }

  #comparisonOrTest(): Condition {
    const reader = this.#reader;
    const leftAt = reader.at;
    const left = this.#operand();
    reader.skipBlanks();
    const operator = reader.match(OPERATOR) as ComparisonOperator | '';
    if (operator === '') return this.#test(left, leftAt);
    this.#requireValue(left, leftAt);
    reader.skipBlanks();
    const rightAt = reader.at;
    const right = this.#operand();
    this.#requireValue(right, rightAt);
    return { kind: 'comparison', operator, left, right };
  }

  /** A test stands alone: a path asks for existence, a function must itself be true or false. */
  #test(operand: Operand, at: number): Condition {
    if (operand.kind === 'query') return { kind: 'exists', query: operand };
    if (operand.kind === 'call' && FUNCTIONS[operand.name].result === 'logical') return operand;
    throw this.#reader.fail('a comparison, a path or a true-or-false function', at);
  }

  #requireValue(operand: Operand, at: number): void {
    const problem = mistyped(operand, 'value');
    if (problem !== undefined) throw this.#reader.fail(problem, at);
  }

  /** A literal, a path or a function: the three things that have a value. */
  #operand(): Operand {
    // Literals first: `true` would otherwise read as the name of a function.
    const literal = parseLiteral(this.#reader);
    if (literal !== undefined) return literal;
    const query = this.#query();
    if (query !== undefined) return query;
    const at = this.#reader.at;
    const name = this.#reader.match(FUNCTION_NAME);
    if (name === '')
      throw this.#reader.fail('a literal, a path starting with @ or $, or a function');
    if (!isFunctionName(name)) {
      throw this.#reader.fail(`one of the functions ${Object.keys(FUNCTIONS).join(', ')}`, at);
    }
    return this.#reader.nested(() => this.#call(name));
  }

  #query(): FilterQuery | undefined {
    const from = this.#reader.peek();
    if (from !== '@' && from !== '$') return undefined;
    this.#reader.skip(1);
    return { kind: 'query', from, segments: this.#parseSegments(this.#reader) };
  }

  /** The number and types of arguments are fixed, so that a wrong call is refused at load. */
  #call(name: FunctionCall['name']): FunctionCall {
    const reader = this.#reader;
    reader.expect('(');
    const args = FUNCTIONS[name].parameters.map((type, position) => {
      if (position > 0) reader.expect(',', `another argument of ${name}()`);
      reader.skipBlanks();
      const at = reader.at;
      const argument = this.#operand();
      const problem = mistyped(argument, type);
      if (problem !== undefined) throw reader.fail(problem, at);
      reader.skipBlanks();
      return argument;
    });
    reader.expect(')', `")" after the arguments of ${name}()`);
    return { kind: 'call', name, args };
  }
}
