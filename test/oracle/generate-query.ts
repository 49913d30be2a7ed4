import fc from 'fast-check';
import { QueryWords } from './generate-expressions.ts';

/** A query to try, and whether the order of its rows is stated. */
export interface GeneratedQuery {
  readonly text: string;
  readonly ordered: boolean;
}

/** A query under construction. */
class Builder extends QueryWords {
  readonly #stages: string[] = [];
  #raw = true;
  #sliced = false;
  #width = '';
  #keys: string[] = [];
  /** Whether a stage added columns whose names are not kept track of. */
  #widened = false;
  /** Whether the rows are in an order that the language states. */
  #ordered = true;

  #add(stage: string): void {
    this.#stages.push(stage);
  }

  /** Whether no stage put messages in another order. */
  get #newestFirst(): boolean {
    return !this.#stages.some((stage) => /^(sort|topk)/.test(stage));
  }

  /** Puts rows into an order that the next stage may depend on. */
  #arrange(): void {
    if (!this.#ordered)
      this.#add(`sort by ${this.all.map((name) => `${this.pick(['', '+'])}${name}`).join(', ')}`);
    this.#ordered = true;
  }

  /** A name, new or in use, for a text that a stage makes. */
  #newText(): string {
    return this.newField('text', this.#raw);
  }

  /** Stages that go with messages and with rows of an aggregate. */
  #anyStage(): void {
    const condition = this.condition(2);
    this.pick([
      () => this.#add(`where ${condition}`),
      () => this.#add(`where ${condition}`),
      () => this.#add(`${this.text(2)} as ${this.#newText()}`),
      () => this.#add(`${this.number(2)} as ${this.newField('number', this.#raw)}`),
      () => this.#add(`if(${condition}, 1, 0) as ${this.newField('number', this.#raw)}`),
      () => this.#sort(),
      () => this.#limit(),
      () => this.#dedup(),
      () => this.#running(),
      () => this.#running(),
      () => this.#topk(),
      () => this.#lookup(),
      () => this.#add(`where ${this.chance(2) ? '!' : ''}flag`),
    ])();
  }

  #sort(): void {
    const keys = this.some(this.all).map((name) => `${this.pick(['', '+', '-'])}${name}`);
    this.#add(`sort by ${keys.join(', ')}`);
  }

  #limit(): void {
    this.#arrange();
    this.#add(`limit ${this.upTo(12)}`);
  }

  #dedup(): void {
    this.#arrange();
    const options = `${this.chance(3) ? 'consecutive ' : ''}${this.chance(2) ? `${this.upTo(3)} ` : ''}`;
    this.#add(`dedup ${options}by ${this.some(this.all).join(', ')}`);
  }

  #running(): void {
    this.#arrange();
    const operator = this.pick(['accum', 'diff', 'total', 'smooth', 'rollingstd', 'backshift']);
    const field = this.field(this.chance(2) ? this.texts : this.numbers);
    const takesWidth = ['smooth', 'rollingstd', 'backshift'].includes(operator);
    const width = takesWidth && this.chance(2) ? `, ${this.upTo(4)}` : '';
    const by = this.chance(2) ? ` by ${this.some(this.all).join(', ')}` : '';
    this.#add(`${operator} ${field}${width} as ${this.newField('number', false)}${by}`);
  }

  #topk(): void {
    this.#arrange();
    const by = this.chance(2) ? ` by ${this.some(this.all).join(', ')}` : '';
    this.#add(`topk(${this.upTo(3)}, ${this.some(this.all).join(', ')})${by}`);
    this.know('number', '_rank');
  }

  #lookup(): void {
    const key = this.field(this.texts);
    const table = this.pick(['https://example.com/t.csv', 'path://"/t"']);
    const column = this.pick(['v', 'k']);
    this.#add(`lookup ${column} as ${this.newField('text', false)} from ${table} on ${key}=k`);
  }

  /** A stage that reads messages, or a chain of parse stages. */
  #messageStage(): void {
    if (this.chance(5))
      for (let left = this.upTo(3); left > 0; left--) this.#parseStage(this.chance(3) ? '' : ' nodrop');
    this.#parseStage(this.chance(2) ? ' nodrop' : '');
  }

  #parseStage(nodrop: string): void {
    const [one, two] = [this.newField('text', false), this.newField('text', false)];
    this.pick([
      () => this.#parse(one, two, nodrop),
      () => this.#parse(one, two, nodrop),
      () => {
        const regex = this.pick([
          `user=(?<${one}>\\w+)`,
          `(?<${one}>[0-9]+)(?:\\.(?<${two}>[0-9]+))?`,
          `(?<${one}>[a-z])=(?<${two}>.)`,
        ]);
        this.#add(`parse regex "${regex}"${nodrop}${this.chance(4) ? ' multi' : ''}`);
      },
      () => {
        const paths = [
          this.pick(['m.t', 'z', 'm', 'm.xs[0]', 'm.xs', 'list[*].k']),
          this.pick(['m', 'z', 'n', 'm.xs[1]']),
        ];
        this.#add(`json "${paths.join('", "')}" as ${one}, ${two}${nodrop}`);
      },
      () => {
        const list = this.pick([`${one}, ${two}`, `_, ${one}, ${two}`, `3 as ${one}, ${two}`]);
        this.#add(`${this.pick(['csv', 'split'])} ${this.pick(['_raw', 'a'])} extract ${list}`);
      },
      () => this.#add(`split _raw delim='${this.pick([':', ' ', '='])}' extract ${one}, 4 as ${two}`),
      () => {
        const mode = this.pick(['infer ', 'regex "(\\w+)=(\\S*)" ']);
        const key = this.pick(['k2', 'code', 'k3']);
        this.#add(`kv ${mode}keys "user", "${key}" as ${one}, ${two}${nodrop}`);
      },
      () => this.#xml(one, two, nodrop),
      () => this.#jsonAuto(one),
      () => this.#keyValueAuto(one),
      () => this.#bin(),
      () => this.#timeslice(),
      () => this.#timeslice(),
      () => this.#add(`formatDate(_messageTime, "yyyy-MM-dd HH:mm:ss") as ${one}`),
      () => this.#flow(),
      () => this.#flow(),
      () => this.#flow(),
    ])();
  }

  #parse(one: string, two: string, nodrop: string): void {
    const pattern = this.pick(['user=* ', 'code=*', '* *', '*,*', '/* ', 'GET *', '*', '=*=*']);
    const names = pattern.split('*').length > 2 ? `${one}, ${two}` : one;
    const subject = this.chance(4) ? `field=${this.field(this.texts)} ` : '';
    this.#add(`parse ${subject}"${pattern}" as ${names}${nodrop}`);
  }

  #xml(one: string, two: string, nodrop: string): void {
    const steps = ['/m/t', '/m/t[2]', '/m/t[last()]', '/m/t[@a=1]', '/m/z', '/m', '/m/none'];
    const path = () => this.pick(steps) + this.pick(['', '/text()', '/@a', '/@b', '/k/text()', '/k']);
    const subject = this.chance(5) ? `field=${this.field(this.texts)} ` : '';
    this.#add(`parse xml ${subject}"${path()}", "${path()}" as ${one}, ${two}${nodrop}`);
  }

  /** What `json auto` finds is known by name from then on. */
  #jsonAuto(one: string): void {
    const options = [
      ...(this.chance(3) ? [`maxdepth ${this.upTo(4)}`] : []),
      ...(this.chance(3) ? ['extractarrays'] : []),
      ...(this.chance(3) ? [`keys "${this.pick(['m.t', 'Z', 'N', 'none'])}"`] : []),
    ];
    const keyed = options.at(-1)?.startsWith('keys') === true;
    const only = keyed && this.chance(2);
    const renamed = keyed && this.chance(2);
    this.#add(
      `json auto ${options.join(' ')}${only ? ' refonly' : ''}${renamed ? ` as ${one}` : ''}`.trimEnd(),
    );
    if (only) return;
    for (const name of ['m', 'm.t', 'z', 'n', 'list']) this.know('text', name);
  }

  #keyValueAuto(one: string): void {
    const keys = this.chance(2)
      ? ` keys "${this.pick(['user', 'code', 'K2'])}"${this.chance(2) ? ` as ${one}` : ''}`
      : '';
    const delimiter = this.chance(3) ? ` delim "${this.pick(['=', ':'])}"` : '';
    this.#add(`kv auto${delimiter}${keys}${keys !== '' && this.chance(2) ? ' refonly' : ''}`);
    for (const name of ['user', 'code', 'k', 'k2']) this.know('text', name);
  }

  #bin(): void {
    const bounds = this.pick(['', ', min=0', ', min=-5, max=40', ', max=35', ', min=2, max=9.5']);
    this.#add(`bin ${this.field()} width=${this.pick([1, 2.5, 10])}${bounds}`);
    this.know('text', '_bin_label');
    for (const name of ['_bin_lower', '_bin_upper']) this.know('number', name);
  }

  /** The fields of flow records, plain or wrapped in JSON. */
  #flow(): void {
    const nodrop = this.chance(3) ? '' : ' nodrop';
    const keys = this.chance(2) ? ['logStream', 'message'] : ['message'];
    this.#add(`json "${keys.join('", "')}" as ${keys.join(', ')} nodrop`);
    this.#add('if (_raw matches "{*", message, _raw) as message');
    const names =
      'version,accountID,interfaceID,src,dst,src_port,dest_port,protocol,packets,bytes,start,end,action,status';
    this.#add(`parse field=message "* * * * * * * * * * * * * *" as ${names}${nodrop}`);
    const texts = ['message', 'accountID', 'interfaceID', 'src', 'dst', 'protocol', 'action', 'status'];
    for (const name of texts) this.know('text', name);
    for (const name of ['src_port', 'dest_port', 'packets', 'bytes', 'start']) this.know('number', name);
    if (this.chance(2)) {
      const test = this.pick([
        'isPublicIP(src)',
        'isPrivateIP(dst)',
        'isReservedIP(dst)',
        '!isPrivateIP(src)',
      ]);
      this.#add(
        `where ${this.pick(['src != "-"', 'action = "ACCEPT"', 'accountID matches "*10"'])} and ${test}`,
      );
    }
  }

  #timeslice(): void {
    this.#width = this.pick(['1m', '15m', '1h', '5s', '1d', '1w', '5 buckets', '24 buckets', '']);
    this.#add(`timeslice ${this.#width}`.trimEnd());
    this.#sliced = true;
    this.know('number', '_timeslice');
  }

  #aggregate(): void {
    const texts: string[] = [];
    const numbers: string[] = [];
    const calls: string[] = [];
    const slices = this.#sliced && this.all.includes('_timeslice') ? ['_timeslice', '_timeslice'] : [];
    const keys = this.chance(5) ? [] : this.some([...this.all, ...slices]);
    if (this.#raw && this.chance(6)) {
      const [name, field] = [`g${this.fresh++}`, this.pick(this.texts)];
      this.#add(`withtime ${field}`);
      texts.push(name);
      calls.push(`${this.pick(['most_recent', 'least_recent'])}(${field}_withtime) as ${name}`);
    }
    for (let left = this.upTo(3); left > 0; left--) {
      const name = `g${this.fresh++}`;
      const operator = this.pick([
        ...['count', 'sum', 'avg', 'min', 'max', 'stddev', 'count_distinct', 'pct'],
        ...['first', 'last', 'values'],
      ]);
      const ofText = ['first', 'last', 'values'].includes(operator);
      if (ofText) this.#arrange();
      (ofText ? texts : numbers).push(name);
      const field = this.field(ofText ? this.texts : this.all);
      const percentile = operator === 'pct' ? `, ${this.pick([50, 95, 0, 99.9])}` : '';
      const argument = operator === 'count' && this.chance(2) ? '' : `(${field}${percentile})`;
      calls.push(`${operator}${argument} as ${name}`);
    }
    this.#add(calls.join(', ') + (keys.length > 0 ? ` by ${keys.join(', ')}` : ''));
    this.texts = [...keys.filter((key) => this.texts.includes(key)), ...texts];
    this.numbers = [...keys.filter((key) => this.numbers.includes(key)), ...numbers];
    this.#raw = false;
    this.#ordered = keys.length === 0;
    this.#keys = keys;
    if (keys.length > 0) this.#afterAggregate(numbers[0] ?? null);
  }

  /** Right after an aggregate: what needs its keys. */
  #afterAggregate(measure: string | null): void {
    if (!this.#widened && this.chance(4)) {
      this.#widened = true;
      const how = this.pick(['', '', ' 2', ' 3', ' 2 avg', ' 3 max', ' 2 min']);
      const alias = this.chance(3) ? ' as before' : '';
      this.#add(
        `compare ${this.pick(['', 'with '])}timeshift ${this.pick(['1h', '6h', '1d', '30m'])}${how}${alias}`,
      );
    } else if (!this.#widened && measure !== null && this.#keys.includes('_timeslice') && this.chance(2)) {
      this.#widened = true;
      const others = this.#keys.filter((key) => key !== '_timeslice');
      const by = others.length > 0 ? ` by ${others.join(', ')}` : '';
      const sizes = `window=${this.pick([2, 3, 10])}, threshold=${this.pick([1, 2, 3])}`;
      this.#add(`outlier ${measure}${by} ${sizes}, consecutive=${this.pick([1, 2])}`);
    }
  }

  /** Stages for rows of an aggregate alone. */
  #tableStage(): void {
    this.pick([
      () => this.#filter(),
      () => this.#top(),
      () => this.#transpose(),
      () => this.#fill(),
      () => this.#fields(),
    ])();
  }

  #filter(): void {
    this.#arrange();
    const field = this.field();
    const child = this.pick([
      `where ${this.condition(1)}`,
      `limit ${this.upTo(3)}`,
      `count as c by ${field} | where c > 1`,
    ]);
    this.#add(`filter ${field} in (${child})`);
  }

  #top(): void {
    this.#arrange();
    this.#add(`top ${this.upTo(4)} ${this.field()} by ${this.field()}`);
  }

  #topOfMessages(): void {
    const fields = this.some(this.all);
    this.#add(`top ${this.upTo(5)} ${fields.join(', ')}`);
    this.#ordered = true;
    this.texts = this.texts.filter((name) => fields.includes(name));
    this.numbers = [...this.numbers.filter((name) => fields.includes(name)), '_count'];
    this.#keys = [];
    this.#raw = false;
  }

  #transpose(): void {
    const [row, column] = [this.pick(this.all), this.pick(this.all)];
    if (row === column || this.all.length < 3 || this.#keys.length === 0) return;
    this.#arrange();
    const named = this.chance(3);
    this.#add(
      `transpose row ${row} column ${column}${named ? ` as yes, %"1"${this.chance(2) ? ', *' : ''}` : ''}`,
    );
    this.texts = [...this.texts.filter((name) => name === row), ...(named ? ['yes'] : [])];
    this.numbers = this.numbers.filter((name) => name === row);
    this.#keys = [];
  }

  #fill(): void {
    const slices = ['1h', '1d'].includes(this.#width);
    const keys = this.#keys.filter((key) => this.texts.includes(key) || (slices && key === '_timeslice'));
    if (this.#widened || keys.length === 0 || keys.length !== this.#keys.length) return;
    const lists = keys.map((key) => {
      if (key === '_timeslice') return this.chance(2) ? 'timeslice' : `timeslice(${this.#width})`;
      return `values ${this.chance(2) ? 'all' : '("x", "new")'} in ${key}`;
    });
    const others = this.all.filter((name) => !keys.includes(name));
    const constants = others.map((name) => `${this.pick(['-1', 'null', '2.5'])} for ${name}`);
    this.#add(
      `fillmissing ${lists.join(', ')}${constants.length > 0 ? ` with ${constants.join(', ')}` : ''}`,
    );
    this.#ordered = false;
  }

  #fields(): void {
    // The keys of widened rows tell them apart.
    if (this.#widened) return;
    const kept = this.some(this.all, 3);
    const removed = this.all.filter((name) => !kept.includes(name));
    this.#add(`fields ${this.chance(3) && removed.length > 0 ? `- ${removed.join(', ')}` : kept.join(', ')}`);
    this.texts = this.texts.filter((name) => kept.includes(name));
    this.numbers = this.numbers.filter((name) => kept.includes(name));
    this.#keys = this.#keys.filter((name) => kept.includes(name));
  }

  #join(): void {
    const [left, right] = [this.field(this.texts), this.field(this.texts)];
    const key = this.pick([`t1_${left}`, `t2_${right}`]).toLowerCase();
    const tables = `(where ${this.condition(1)}) as t1, (count as c by ${right}) as t2`;
    this.#add(`join ${tables} on t1.${left} = t2.${right} | count as joined, sum(t2_c) as total by ${key}`);
    this.#raw = false;
    this.#ordered = false;
    this.#keys = [key];
    this.texts = [key];
    this.numbers = ['joined', 'total'];
  }

  plainCondition(): string {
    for (;;) {
      const condition = this.condition(2);
      if (!/is(Public|Private|Reserved)IP/.test(condition)) return condition;
    }
  }

  /** A query whose stages see one message at a time. */
  buildRowWise(): GeneratedQuery {
    const scope = this.chance(2) ? '*' : this.scope(2);
    for (let left = this.upTo(4) - 1; left > 0; left--) {
      this.pick([
        () => this.#messageStage(),
        () => this.#add(`where ${this.condition(2)}`),
        () => this.#add(`${this.text(2)} as ${this.#newText()}`),
        () => this.#add(`${this.number(2)} as ${this.newField('number', true)}`),
        () => this.#lookup(),
      ])();
    }
    return { text: [scope, ...this.#stages].join(' | '), ordered: true };
  }

  build(): GeneratedQuery {
    const scope = this.chance(2) ? '*' : this.scope(2);
    for (let left = this.upTo(4) - 1; left > 0; left--) {
      if (this.chance(2)) this.#messageStage();
      else this.#anyStage();
    }
    if (this.chance(12)) this.#join();
    else if (this.#newestFirst && this.chance(8)) this.#topOfMessages();
    else if (!this.chance(4)) this.#aggregate();
    for (let left = this.upTo(4) - 1; left > 0; left--) {
      if (this.#raw || this.chance(3)) this.#anyStage();
      else if (this.chance(5)) this.#aggregate();
      else this.#tableStage();
    }
    return { text: [scope, ...this.#stages].join(' | '), ordered: this.#ordered };
  }
}

/** Queries over the fields of generated messages. */
export const queries = fc.gen().map((draw) => new Builder(draw).build());

/** Queries whose stages see one message at a time. */
export const rowQueries = fc.gen().map((draw) => new Builder(draw).buildRowWise());

/** Conditions over the fields of generated messages that drop no row themselves. */
export const conditions = fc.gen().map((draw) => new Builder(draw).plainCondition());
