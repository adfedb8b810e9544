import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError, statusSchema, wire } from '#node/client';

const { bool, bytes, choice, facts, int, list, nullable, object, optional, text } = wire;
const person = object({
  id: text({ pattern: /^[0-9a-f]{4}$/ }),
  age: optional(int({ min: 0, max: 150 })),
  tags: list(text({ min: 1, max: 3 }), { min: 1, max: 2 }),
});
const good = { id: '00ff', age: 40, tags: ['a'] };
const faultOf = (shape: wire.Shape<unknown>, value: unknown): unknown => {
  const result = shape.safeParse(value);
  return result.success ? undefined : [result.fault.path.join('.'), result.fault.problem];
};

describe('a shape of the wire', () => {
  it('takes over the names that it has, and an optional one only where it is', () => {
    expect(person.parse(good)).toEqual(good);
    const { age: _, ...young } = good;
    expect(person.parse(young)).toEqual(young);
    expect(Object.hasOwn(person.parse({ ...good, age: undefined }), 'age')).toBe(false);
    expect(person.parse(good)).not.toBe(good);
  });

  it.each([
    [{ ...good, more: 1 }, '', 'unrecognized_keys'],
    [JSON.parse('{"id":"00ff","tags":["a"],"__proto__":{"age":1}}'), '', 'unrecognized_keys'],
    [{ ...good, id: '00FF' }, 'id', 'invalid_format'],
    [{ ...good, id: '00ff\n' }, 'id', 'invalid_format'],
    [{ ...good, id: undefined }, 'id', 'invalid_type'],
    [{ ...good, age: null }, 'age', 'invalid_type'],
    [{ ...good, age: 151 }, 'age', 'too_big'],
    [{ ...good, age: -1 }, 'age', 'too_small'],
    [{ ...good, age: 1.5 }, 'age', 'invalid_type'],
    [{ ...good, age: '40' }, 'age', 'invalid_type'],
    [{ ...good, tags: [] }, 'tags', 'too_small'],
    [{ ...good, tags: ['a', 'b', 'c'] }, 'tags', 'too_big'],
    [{ ...good, tags: ['a', ''] }, 'tags.1', 'too_small'],
    [{ ...good, tags: ['abcd'] }, 'tags.0', 'too_big'],
    [{ ...good, tags: { length: 1, 0: 'a' } }, 'tags', 'invalid_type'],
    [[good], '', 'invalid_type'],
    [null, '', 'invalid_type'],
    ['{}', '', 'invalid_type'],
  ])('refuses %j and says where and why', (value, path, problem) => {
    expect(faultOf(person, value)).toEqual([path, problem]);
  });

  it('does not take what every object has for a field of this one', () => {
    const named = object({ constructor: optional(text()), toString: optional(bool()) });
    expect(named.parse({})).toEqual({});
    expect(faultOf(object({ valueOf: bytes() }), {})).toEqual(['valueOf', 'invalid_type']);
    // Nor what it inherits from somebody.
    expect(faultOf(person, Object.create(good) as unknown)).toEqual(['id', 'invalid_type']);
  });

  it('knows what is one of some values, what may be null, and bytes', () => {
    expect(faultOf(choice(['a', 1]), '1')).toEqual(['', 'invalid_value']);
    expect(choice(['a', 1]).parse(1)).toBe(1);
    expect(nullable(int()).parse(null)).toBeNull();
    expect(faultOf(nullable(int()), undefined)).toEqual(['', 'invalid_type']);
    expect(faultOf(int(), 2 ** 53)).toEqual(['', 'invalid_type']);
    expect(faultOf(bytes(), [1, 2])).toEqual(['', 'invalid_type']);
  });

  it('takes facts by any name, without making one of them the prototype of the others', () => {
    expect(facts().parse({ a: 1, b: null, c: 'x', d: false })).toEqual({ a: 1, b: null, c: 'x', d: false });
    expect(faultOf(facts(), JSON.parse('{"__proto__":1}'))).toEqual(['', 'unrecognized_keys']);
    expect(faultOf(facts(), { a: {} })).toEqual(['a', 'invalid_union']);
    expect(faultOf(facts(), { a: Number.NaN })).toEqual(['a', 'invalid_union']);
  });

  it('throws a code without anything of the value', () => {
    let thrown: unknown;
    try {
      person.parse({ ...good, id: 'secret' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ClientError);
    expect((thrown as ClientError).code).toBe('answer-malformed');
    expect(JSON.stringify([thrown, String(thrown)])).not.toContain('secret');
  });

  it('never throws anything else, whatever comes over the wire', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(statusSchema.safeParse(value).success).toBe(false);
        expect(['boolean']).toContain(typeof person.safeParse(value).success);
      }),
    );
  });
});
