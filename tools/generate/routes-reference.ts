/** The page `docs/routes-reference.md`, from the JSON Schema of routes. */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

const head = `# Routes, field by field

Written by \`npm run generate\` from the schema that routes are checked with; [routes.md](routes.md) explains, this page lists. Editors
read the same schema from \`routes.schema.json\`.

A field that no layer has counts as *unset* says. \`null\` removes what an outer layer gave. There are no other fields: an unknown
one is an error, but for names at the top that begin with \`x-\`, which are a place for anchors. A list has at most 1,000 entries.
`;

const notYet = '`promoteFrom` and `onFailure` are read and checked, but this version promotes and reverts nothing yet.';

/** @param schema what `routesJsonSchema` makes */
export function routesReference(schema: object): string {
  const root = schema as Schema & { readonly definitions: Readonly<Record<string, Schema>> };
  const environment = definition('environment');
  const route = bare(bare(root.properties?.['routes']).additionalProperties as Schema);
  const ownFields = Object.entries(route.properties ?? {}).filter(
    ([name]) => !(name in (environment.properties ?? {})),
  );
  const sections = [
    ['The document', table({ ...root, properties: root.properties ?? {} }, false)],
    [
      'A route',
      `Besides every field of [a layer](#a-layer):\n\n${table({ ...route, properties: Object.fromEntries(ownFields) })}`,
    ],
    [
      'A layer',
      `\`defaults\`, an environment, a route, and an environment of a route. ${notYet}\n\n${table(environment)}`,
    ],
    ['An entry of update', `\`file\`, one of the kinds, and perhaps \`create\`.\n\n${table(definition('update'))}`],
  ];
  return [head, ...sections.map(([title, text]) => `## ${title}\n\n${text}`)].join('\n');

  function definition(name: string): Schema {
    const found = root.definitions[name];
    if (!found) throw new Error(`the schema of routes has no definition ${name}`);
    return found;
  }
}

function table(schema: Schema, isDeep = true): string {
  const rows = rowsOf(schema, '', isDeep).map((cells) => `| ${cells.join(' | ')} |\n`);
  return `| field | type | meaning | unset |\n|---|---|---|---|\n${rows.join('')}`;
}

/** Fields in the order of the schema, those of a map below it by their dotted names. */
function rowsOf({ properties = {}, required = [] }: Schema, above: string, isDeep: boolean): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${above}${name}`;
    const { description = '' } = field;
    const unset = field.default === undefined ? (required.includes(name) ? 'needed' : '') : code(field.default);
    // The table has a column for it; editors have not.
    const meaning = description.replace(`; ${String(field.default)} if unset`, '');
    const row = [`\`${path}\``, typeOf(field), escape(meaning), unset];
    const below = isDeep ? rowsOf(bare(field), `${path}.`, isDeep) : [];
    return [row].concat(below);
  });
}

function typeOf(schema: Schema | undefined): string {
  const { $ref, type, enum: values, const: only, anyOf, items, properties, additionalProperties } = bare(schema);
  if ($ref === '#/definitions/environment') return '[layer](#a-layer)';
  if ($ref === '#/definitions/update') return '[entries](#an-entry-of-update)';
  if (values) return values.map(code).join(', ');
  if (only !== undefined) return code(only);
  if (anyOf) return anyOf.map(typeOf).join(', or ');
  if (items) return `list of ${typeOf(items)}`;
  if (properties) return 'map';
  if (typeof additionalProperties === 'object') {
    const { properties: fields, ...entry } = bare(additionalProperties);
    return `map of name → ${fields ? '[route](#a-route)' : typeOf(entry)}`;
  }
  const names: Readonly<Record<string, string>> = { string: 'text', boolean: 'yes or no', integer: 'whole number' };
  const [name = ''] = [type ?? ''].flat();
  const known = names[name];
  if (known === undefined) throw new Error(`the reference of routes has no word for ${JSON.stringify(schema)}`);
  return known;
}

/** Without \`null\`, which every field of a layer may be. */
function bare(schema: Schema = {}): Schema {
  const others = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = others;
  return others.length === 1 && only ? bare(only) : others.length > 0 ? { anyOf: others } : schema;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What Markdown would read as a table's or an emphasis. */
function escape(text: string): string {
  return text.replaceAll(/[|*]/g, String.raw`\$&`);
}
