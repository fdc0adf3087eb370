/** One piece of a path: this text, any one segment, or all that is left. */
export type TemplateSegment = { readonly literal: string } | '*' | '**';

/** A field that is read from the path, and the segments that it is made of. */
export interface TemplateVariable {
  /** The names from the message to the field, as the proto spells them. */
  readonly fieldPath: readonly string[];
  readonly from: number;
  /** The segment after its last one; to the end of the path where that is `**`. */
  readonly to: number;
}

/** A path of google.api.http, parsed. */
export interface PathTemplate {
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** What follows the last colon, such as `archive`; `null` where nothing does. */
  readonly verb: string | null;
}

const NAME = /^[A-Za-z_][\w]*$/;
const LITERAL = /^[\w.~!$&'()+,;=@%-]+$/;

/** Parses a path template. What is wrong with it comes back as a text. */
export function parseTemplate(text: string): PathTemplate | string {
  if (!text.startsWith('/')) return 'the path must begin with /';
  const segments: TemplateSegment[] = [];
  const variables: TemplateVariable[] = [];
  const [path = '', verb = null] = splitVerb(text);
  for (const part of partsOf(path.slice(1))) {
    const problem = part.startsWith('{')
      ? addVariable(part, segments, variables)
      : addSegment(part, segments);
    if (problem !== null) return problem;
  }
  if (segments.slice(0, -1).includes('**')) return '** may only stand at the end';
  if (verb !== null && !LITERAL.test(verb)) return `:${verb} is no verb`;
  const names = variables.map(({ fieldPath }) => fieldPath.join('.'));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? { text, segments, variables, verb } : `{${twice}} occurs twice`;
}

/**
 * The values of a template's variables in a path, by their place; `null` when the path is another
 * one. The path comes as it stands in the request, without its query.
 */
export function matchTemplate(template: PathTemplate, path: string): readonly string[] | null {
  const bare = withoutVerb(path, template.verb);
  if (bare === null || !bare.startsWith('/')) return null;
  const given = bare.slice(1).split('/');
  const { segments } = template;
  const takesRest = segments.at(-1) === '**';
  if (takesRest ? given.length < segments.length - 1 : given.length !== segments.length)
    return null;
  if (!segments.every((segment, index) => fits(segment, given[index]))) return null;
  const values = template.variables.map((variable) => valueOf(variable, template, given));
  return values.every((value) => value !== null) ? values : null;
}

function splitVerb(text: string): [path: string, verb: string | null] {
  const at = text.lastIndexOf(':');
  const isVerb = at > Math.max(text.lastIndexOf('/'), text.lastIndexOf('}'));
  return isVerb ? [text.slice(0, at), text.slice(at + 1)] : [text, null];
}

/** Splits at slashes that stand outside of braces. */
function partsOf(path: string): string[] {
  return path.split(/\/(?![^{}]*\})/);
}

function addSegment(part: string, segments: TemplateSegment[]): string | null {
  if (part === '*' || part === '**') segments.push(part);
  else if (LITERAL.test(part)) segments.push({ literal: part });
  else return part === '' ? 'a segment is empty' : `${part} is no segment`;
  return null;
}

function addVariable(
  part: string,
  segments: TemplateSegment[],
  variables: TemplateVariable[],
): string | null {
  const [, name = '', pattern = '*'] = /^\{([^={}]*)(?:=([^{}]*))?\}$/.exec(part) ?? [];
  const fieldPath = name.split('.');
  if (!fieldPath.every((each) => NAME.test(each))) return `${part} names no field`;
  const from = segments.length;
  for (const each of pattern.split('/')) {
    const problem = addSegment(each, segments);
    if (problem !== null) return problem;
  }
  variables.push({ fieldPath, from, to: segments.length });
  return null;
}

function withoutVerb(path: string, verb: string | null): string | null {
  if (verb === null) return path;
  const suffix = `:${verb}`;
  return path.endsWith(suffix) ? path.slice(0, -suffix.length) : null;
}

function fits(segment: TemplateSegment, given: string | undefined): boolean {
  if (segment === '**') return true;
  if (given === undefined || given === '') return false;
  return segment === '*' || segment.literal === given || segment.literal === decoded(given, false);
}

function valueOf(
  { from, to }: TemplateVariable,
  { segments }: PathTemplate,
  given: readonly string[],
): string | null {
  const isRest = segments[to - 1] === '**';
  const isMulti = isRest || to - from > 1;
  const parts = given.slice(from, isRest ? undefined : to);
  const values = parts.map((part) => decoded(part, isMulti));
  return values.includes(null) ? null : values.join('/');
}

/**
 * A segment without its escapes; `null` when they are none. Among several segments an escaped slash
 * stays escaped, or it would be taken for the end of one.
 */
function decoded(part: string, keepsSlash: boolean): string | null {
  if (!part.includes('%')) return part;
  try {
    if (!keepsSlash) return decodeURIComponent(part);
    return part
      .split(/(%2f)/i)
      .map((piece) => (/^%2f$/i.test(piece) ? piece : decodeURIComponent(piece)))
      .join('');
  } catch {
    return null;
  }
}
