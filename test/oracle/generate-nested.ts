import fc from 'fast-check';
import { type Draw, QueryWords } from './generate-expressions.ts';
import type { GeneratedQuery } from './generate-query.ts';

/** Queries with other queries in them. */
class NestedQuery extends QueryWords {
  constructor(draw: Draw) {
    super(draw);
    this.texts = ['a', 'b', 'ip', 'Mixed'];
  }

  #subquery(keywords: boolean): string {
    const range = this.pick(['', '', ' from=(-6h)', ' from=(-12h) to=(-1h)']);
    const scope = this.chance(2) ? '*' : this.scope(1);
    const fields = this.some(['a', 'b', 'Mixed', 'ip']);
    const stages = this.pick([
      '',
      `| where ${this.condition(1)} `,
      `| count by ${fields.join(', ')} `,
      `| count by ${fields.join(', ')} | where _count > 1 `,
    ]);
    const most = this.chance(3) ? ` maxresults=${this.upTo(3)}` : '';
    // Which rows are cut off is only stated where rows have an order.
    const order = most === '' ? '' : `| sort by ${fields.map((name) => `+${name}`).join(', ')} `;
    return `[subquery${range}: ${scope} ${stages}${order}| compose ${fields.join(', ')}${most}${keywords ? ' keywords' : ''}]`;
  }

  build(): GeneratedQuery {
    const text = this.pick([
      () => `${this.#subquery(this.chance(2))}`,
      () => `${this.scope(1)} ${this.pick(['', 'OR ', 'NOT '])}${this.#subquery(this.chance(2))}`,
      () => `* | where ${this.pick(['', '!'])}${this.#subquery(false)}`,
      () => `* | where ${this.condition(1)} or ${this.#subquery(false)}`,
      () => `* | if(${this.#subquery(false)}, "in", "out") as side`,
    ])();
    const after = this.pick(['', ' | count by a', ` | where ${this.condition(1)}`]);
    return { text: text + after, ordered: after !== ' | count by a' };
  }
}

/** Queries that ask others first. */
export const nestedQueries = fc.gen().map((draw) => new NestedQuery(draw).build());
