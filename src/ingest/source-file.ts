import { parse, YAMLParseError } from 'yaml';
import { messageOf } from './byte-stream.ts';
import { type Checked, readSourceConfig, type SourceConfig } from './source-config.ts';

/** Reads a source definition from YAML or JSON text. */
export function parseSourceConfig(text: string): Checked<SourceConfig> {
  try {
    return readSourceConfig(parse(text, { maxAliasCount: 20 }));
  } catch (failure) {
    const where = failure instanceof YAMLParseError ? failure.message.split('\n')[0] : messageOf(failure);
    return { ok: false, problems: [`the file is no valid YAML: ${where}`] };
  }
}
