import assert from 'node:assert/strict';
import Ajv, { type ValidateFunction } from 'ajv/dist/2020';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

interface Content {
  /** Where it stands instead. */
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly servers?: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** One operation as the document has it. */
export interface Endpoint {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of its body, if it takes one. */
  readonly body: Schema | undefined;
}

const METHODS = new Set(['get', 'post', 'put', 'delete', 'patch']);
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** What the product says of itself, and whether an answer is as it says. */
export class Document {
  readonly endpoints: readonly Endpoint[];
  readonly #text: OpenApi;
  readonly #ajv = new Ajv({ allowUnionTypes: true, strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(text: OpenApi) {
    this.#text = text;
    this.#ajv.addFormat('date-time', INSTANT);
    this.#ajv.addSchema(text as object, 'openapi.json');
    this.endpoints = Object.entries(text.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => METHODS.has(method))
        .map(([method, { operationId, parameters = [], requestBody }]) => ({
          id: operationId,
          method: method.toUpperCase(),
          path,
          parameters,
          body: requestBody?.content?.['application/json']?.schema,
        })),
    );
  }

  endpoint(id: string): Endpoint {
    const found = this.endpoints.find((one) => one.id === id);
    assert.ok(found, `openapi.json has no operation ${id}`);
    return found;
  }

  /** @throws AssertionError when the document does not know such an answer */
  validate({ id, method, path }: Endpoint, status: number, type: string, body: unknown): void {
    const at = `${id} ${status} ${type}`;
    const validate = this.#validators.get(at) ?? this.#compile(method, path, status, type, at);
    this.#validators.set(at, validate);
    const isValid = validate(body);
    const why = (validate.errors ?? []).slice(0, 5).map((one) => `${one.instancePath} ${one.message}`);
    assert.ok(isValid, `${at}: ${why.join('; ')}\n${JSON.stringify(body).slice(0, 1000)}`);
  }

  #compile(method: string, path: string, status: number, type: string, at: string): ValidateFunction {
    const documented = this.#text.paths[path]?.[method.toLowerCase()]?.responses[String(status)];
    assert.ok(documented, `${at}: no such status is documented`);
    const inPlace = ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const place = documented.$ref?.split('/').slice(1) ?? inPlace;
    const response = place.reduce((value, name) => Object(value)[name], this.#text as unknown) as Content;
    const found = Object.entries(response.content ?? {}).find(([known]) => known.split(';')[0] === type);
    assert.ok(found, `${at}: no such media type is documented`);
    const [known] = found;
    const escaped = [...place, 'content', known, 'schema'].map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    return this.#ajv.compile({ $ref: `openapi.json#/${escaped.join('/')}` });
  }
}
