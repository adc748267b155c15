/** One step of a dotted path: a map's key, a list's index (from 0), or the list member whose `field` is `value`. */
export type PathSegment =
  | {
      readonly kind: 'key';
      readonly key: string;
      /** The key came out of a capture of a pattern route. */ readonly captured?: boolean;
    }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'member'; readonly field: string; readonly value: string; readonly captured?: boolean };

/** A path into a YAML document, as `image.tag`, `services[0].image.tag`, `services[name=api].tag` or `"a.b".tag`. */
export type Path = readonly PathSegment[];
