import { textLiteralOf } from '../../grammar/literal.ts';
import { defineFunction, exampleOf } from '../define.ts';
import { compileDatePattern } from '../time/java-pattern.ts';
import { zoneNamed } from '../time/zones.ts';
import { checkPattern, checkZone } from './format-date.ts';

/** `parseDate(text, pattern [, zone])`. */
export const parseDate = defineFunction({
  name: 'parseDate',
  summary: 'The time that a text names by a date pattern, in milliseconds since 1970.',
  description: [
    'The text must start with the pattern; what follows is ignored. The pattern has the letters of Java’s SimpleDateFormat.',
    'The zone is a name of the tz database in any letter case; without one it is the user’s; a zone or offset in the text wins.',
    'Fields that the pattern lacks are those of 1970-01-01 00:00:00. Text that does not fit, and dates that do not exist, give null.',
  ].join(' '),
  parameters: [
    { name: 'text', type: 'string' },
    { name: 'pattern', type: 'string' },
    { name: 'zone', type: 'string', optional: true },
  ],
  returns: 'long',
  evaluate: ([text, pattern, zone], context) => {
    const compiled = compileDatePattern(pattern as string);
    const found = zoneNamed((zone as string | undefined) ?? context.timeZone);
    if ('problem' in compiled) context.rowWarning('parseDate got a bad date pattern');
    else if (found === null) context.rowWarning('parseDate got an unknown time zone');
    else {
      const parsed = compiled.parse(text as string, found);
      if (parsed !== null) return parsed.ms;
      context.rowWarning('parseDate got text that does not fit its pattern');
    }
    return null;
  },
  check: (call) => [
    ...checkPattern('parseDate', textLiteralOf(call.args[1])),
    ...checkZone('parseDate', textLiteralOf(call.args[2])),
  ],
  examples: [exampleOf('parseDate("20240304050607", "yyyyMMddHHmmss", "etc/utc")', '1709528767000')],
});
