import type { FieldReference, Name, Query, Stage, Subquery } from './ast.ts';
import { type Diagnostic, error } from './diagnostics.ts';
import type { SubqueryLayout } from './layout.ts';
import { type ArgsOf, field, flag, list, number, setting } from './syntax.ts';
import type { Vocabulary } from './vocabulary.ts';

const syntax = {
  fields: list(field()),
  maxresults: setting('maxresults', number()),
  keywords: flag('keywords'),
};

/** The last stage of a subquery. It is part of the grammar, not of the registry: it never runs as a stage. */
export const COMPOSE: Vocabulary['operators'][number] = {
  name: 'compose',
  aliases: [],
  syntax,
  summary: 'Says which fields of a subquery go into the query around it.',
};

/** Rows that a subquery may give when it does not say, and at most. */
const MAX_RESULTS = 10_000;

/** Takes `compose` out of a subquery's stages. */
export function readCompose(
  layout: SubqueryLayout,
  child: Query,
  report: (diagnostic: Diagnostic) => void,
): Subquery {
  const last = child.stages.at(-1);
  const common = { kind: 'subquery', from: layout.from, to: layout.to, span: layout.span } as const;
  if (!isCompose(last)) {
    const help = 'end it with `| compose field`';
    report(error('syntax', layout.span, 'the subquery does not say which fields it gives', { help }));
    return { ...common, child, compose: [], maxResults: null, keywords: false };
  }
  const args = last.args as unknown as ArgsOf<typeof syntax>;
  const maxResults = args.maxresults?.count ?? null;
  if (maxResults !== null && (maxResults < 1 || maxResults > MAX_RESULTS || !Number.isInteger(maxResults))) {
    report(
      error(
        'bad-value',
        args.maxresults?.span ?? last.span,
        `\`maxresults\` is a whole number from 1 to 10,000, found ${maxResults}`,
      ),
    );
  }
  const stages = withoutCompose(child.stages.slice(0, -1), report);
  return {
    ...common,
    child: { ...child, stages },
    compose: args.fields.map(nameOfField),
    maxResults,
    keywords: args.keywords,
  };
}

function isCompose(stage: Stage | undefined): stage is Stage & { kind: 'operator' } {
  return stage?.kind === 'operator' && stage.name === COMPOSE.name;
}

function nameOfField(reference: FieldReference): Name {
  return { kind: 'name', text: reference.name, span: reference.span };
}

/** The stages without `compose`, each of which is reported: they stand where none is allowed. */
export function withoutCompose(
  stages: readonly Stage[],
  report: (diagnostic: Diagnostic) => void,
): readonly Stage[] {
  return stages.filter((stage) => {
    if (!isCompose(stage)) return true;
    report(error('wrong-place', stage.span, '`compose` is only allowed as the last stage of a subquery'));
    return false;
  });
}
