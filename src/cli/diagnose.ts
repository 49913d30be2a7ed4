import { existsSync } from 'node:fs';
import { argParts } from '../engine/expression/references.ts';
import { lint } from '../engine/plan/lint/index.ts';
import { subqueriesOf } from '../engine/plan/plan-query.ts';
import { registry } from '../engine/registry.ts';
import type { Arg, Args, Query, Stage, Text } from '../grammar/ast.ts';
import { type Diagnostic, warning } from '../grammar/diagnostics.ts';
import type { Macro } from '../grammar/parameters.ts';
import { nearest } from '../grammar/suggest.ts';
import { prepareQuery } from '../index.ts';
import { bundledTable } from '../lookups/bundled-file.ts';
import { memoryDocuments } from '../lookups/document-store.ts';
import { createLookups } from '../lookups/lookups.ts';
import { canonicalName, fileNameOf } from '../lookups/names.ts';
import { withStore } from './open-store.ts';
import { storeDirectory } from './store-directory.ts';
import { storeMacros } from './store-macros.ts';

/** The lookup tables and macros that queries may name. */
export interface KnownTables {
  readonly names: readonly string[];
  /** Null where there is no store: then macros are left alone. */
  readonly macros: ReadonlyMap<string, Macro> | null;
  has(name: string): boolean;
}

/** The tables and macros of the store, where there is one, and the tables that come with weir. */
export async function knownTables(options: { readonly store?: string }): Promise<KnownTables> {
  if (!existsSync(storeDirectory(options))) return await bundledTables();
  const names = await withStore(options, (store) => createLookups(store.documents).names());
  return tablesNamed(names, await storeMacros(options));
}

/** The tables that come with weir. */
export async function bundledTables(): Promise<KnownTables> {
  return tablesNamed(await createLookups(memoryDocuments()).names(), null);
}

function tablesNamed(names: readonly string[], macros: KnownTables['macros']): KnownTables {
  const there = new Set(names);
  return {
    names,
    macros,
    has(written) {
      const name = canonicalName(written);
      return there.has(name) || bundledTable(fileNameOf(name) ?? '') !== null;
    },
  };
}

/** Everything that can be said of a query without running it: grammar, names, types, plan, tables, lint; in order of place. */
export function diagnose(text: string, tables: KnownTables): readonly Diagnostic[] {
  const { macros } = tables;
  const { plan, diagnostics } = prepareQuery(text, { mode: 'check', ...(macros === null ? {} : { macros }) });
  if (plan === null) return diagnostics;
  const found = [
    ...diagnostics,
    ...unknownTables(plan.query, text, tables),
    ...lint({ plan, text, registry }),
  ];
  return found.toSorted((a, b) => a.span.start - b.span.start);
}

function unknownTables(query: Query, text: string, tables: KnownTables): Diagnostic[] {
  return tablesRead(query).flatMap(({ value, span }) => {
    if (/\{\{|\$\$/.test(text.slice(span.start, span.end)) || tables.has(value)) return [];
    const close = nearest(value, tables.names);
    return [
      warning('unknown-table', span, `there is no lookup table \`${value}\``, {
        help:
          close === null
            ? '`weir lookups add NAME FILE` makes one; a query that uses it fails until then'
            : `\`${close}\` might be meant`,
      }),
    ];
  });
}

/** The names of the tables that a query reads, in nested pipelines and subqueries too. */
function tablesRead(query: Query): readonly Text[] {
  return [
    ...query.stages.flatMap(tablesOfStage),
    ...subqueriesOf(query).flatMap(({ child }) => tablesRead(child)),
  ];
}

const READERS: ReadonlySet<string> = new Set(['lookup', 'cat']);

function tablesOfStage(stage: Stage): readonly Text[] {
  if (stage.kind !== 'operator') return [];
  const nested = argParts(stage.args).pipelines.flatMap(({ stages }) => stages.flatMap(tablesOfStage));
  const table = READERS.has(stage.name) ? tableOf(stage.args) : null;
  return table === null ? nested : [table, ...nested];
}

function tableOf({ table }: Args): Text | null {
  return isText(table ?? null) ? (table as Text) : null;
}

function isText(arg: Arg): boolean {
  return typeof arg === 'object' && arg !== null && 'kind' in arg && arg.kind === 'text';
}
