import { decodeBytes } from '../kernels/bytes.ts';
import { type JsonNode, stringText } from '../kernels/json-tree.ts';
import type { Filter, Step } from './json-path.ts';

/** Everything that a path leads to, in document order. Nodes refer to `data`. */
export function selectNodes(data: Uint8Array, root: JsonNode, steps: readonly Step[]): readonly JsonNode[] {
  let nodes: readonly JsonNode[] = [root];
  for (const step of steps) nodes = nodes.flatMap((node) => stepFrom(data, node, step));
  return nodes;
}

function stepFrom(data: Uint8Array, node: JsonNode, step: Step): readonly JsonNode[] {
  switch (step.kind) {
    case 'key': {
      const found = node.kind === 'object' ? node.entries.get(step.key) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'index': {
      const found = node.kind === 'array' ? node.items.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'any':
      return childrenOf(node);
    case 'descend':
      return withDescendants(node).flatMap((each) => stepFrom(data, each, step.to));
    case 'union':
      return step.of.flatMap((each) => stepFrom(data, node, each));
    case 'slice':
      return node.kind === 'array' ? sliceOf(node.items, step) : [];
    case 'filter':
      return childrenOf(node).filter((child) => passes(data, child, step.test));
  }
}

function childrenOf(node: JsonNode): readonly JsonNode[] {
  if (node.kind === 'object') return [...node.entries.values()];
  return node.kind === 'array' ? node.items : [];
}

function withDescendants(node: JsonNode): readonly JsonNode[] {
  return [node, ...childrenOf(node).flatMap(withDescendants)];
}

function sliceOf(items: readonly JsonNode[], step: Step & { kind: 'slice' }): readonly JsonNode[] {
  const part = items.slice(step.from ?? 0, step.to ?? items.length);
  return step.by === 1 ? part : part.filter((_, at) => at % step.by === 0);
}

function passes(data: Uint8Array, node: JsonNode, test: Filter): boolean {
  switch (test.kind) {
    case 'and':
      return test.of.every((each) => passes(data, node, each));
    case 'or':
      return test.of.some((each) => passes(data, node, each));
    case 'exists':
      return selectNodes(data, node, test.path).length > 0;
    case 'compare': {
      const [found] = selectNodes(data, node, test.path);
      if (found === undefined) return test.operator === '!=';
      return comparison(scalarOf(data, found), test.operator, test.value);
    }
  }
}

type Scalar = string | number | boolean | null;

/** The value of a scalar node; undefined for objects and arrays, which equal nothing. */
function scalarOf(data: Uint8Array, node: JsonNode): Scalar | undefined {
  if (node.kind === 'string') return stringText(data, node.start, node.end);
  return node.kind === 'scalar' ? (JSON.parse(decodeBytes(data, node.start, node.end)) as Scalar) : undefined;
}

function comparison(found: Scalar | undefined, operator: string, wanted: Scalar): boolean {
  if (operator === '==') return found === wanted;
  if (operator === '!=') return found !== wanted;
  if (typeof found === 'number' && typeof wanted === 'number') return ordered(found, operator, wanted);
  return typeof found === 'string' && typeof wanted === 'string' && ordered(found, operator, wanted);
}

function ordered<T extends string | number>(found: T, operator: string, wanted: T): boolean {
  switch (operator) {
    case '<':
      return found < wanted;
    case '<=':
      return found <= wanted;
    case '>':
      return found > wanted;
    default:
      return found >= wanted;
  }
}
