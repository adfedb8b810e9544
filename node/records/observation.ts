import * as z from 'zod/mini';
import { RecordsError } from './records-error.ts';
import { codingsOf } from './resource.ts';
import type { Resource } from './resource.ts';
import {
  BLOOD_PRESSURE_PANEL,
  DIASTOLIC,
  LOINC,
  OBSERVATION_CATEGORY,
  OXYGEN_SATURATION,
  PULSE_OXIMETRY,
  SINGLE_SIGNS,
  SYSTOLIC,
  UCUM,
} from './vital-sign-codes.ts';
import type { VitalSign } from './vital-sign-codes.ts';

/**
 * What we write ourselves: FHIR R4 Observations of the vital signs profile
 * (http://hl7.org/fhir/R4/observation-vitalsigns.html), strict, so that a wrong reading is refused where it is made.
 * Import is tolerant and does not come through here.
 */
const id = z.string().check(z.regex(/^[A-Za-z0-9.-]{1,64}$/));
const reference = z.strictObject({
  reference: z.string().check(z.regex(/^(urn:[a-z0-9:-]+|[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/)),
});
/** Date and time with zone, seconds required (FHIR dateTime with a time part). */
const instant = z.iso.datetime({ offset: true });

const coding = (system: string, code: string) =>
  z.strictObject({
    system: z.literal(system),
    code: z.literal(code),
    display: z.optional(z.string().check(z.maxLength(200))),
  });
const loinc = (code: string) => coding(LOINC, code);

const quantity = (sign: VitalSign) =>
  z.strictObject({
    value: z.number().check(z.minimum(sign.plausible[0]), z.maximum(sign.plausible[1])),
    unit: z.string().check(z.minLength(1), z.maxLength(40)),
    system: z.literal(UCUM),
    code: z.literal(sign.ucum),
  });

const common = {
  resourceType: z.literal('Observation'),
  id,
  status: z.enum(['preliminary', 'final', 'amended', 'corrected']),
  category: z.tuple([z.strictObject({ coding: z.tuple([coding(OBSERVATION_CATEGORY, 'vital-signs')]) })]),
  subject: reference,
  effectiveDateTime: instant,
  issued: z.optional(instant),
  performer: z.optional(z.array(reference).check(z.minLength(1), z.maxLength(8))),
  device: z.optional(reference),
};

const text = z.optional(z.string().check(z.minLength(1), z.maxLength(200)));

const single = (sign: VitalSign) =>
  z.strictObject({
    ...common,
    code: z.strictObject({ coding: z.tuple([loinc(sign.code)]), text }),
    valueQuantity: quantity(sign),
  });
const oxygenSaturationSchema = z.strictObject({
  ...common,
  code: z.strictObject({
    coding: z.tuple([loinc(OXYGEN_SATURATION.code), loinc(PULSE_OXIMETRY.code)]),
    text,
  }),
  valueQuantity: quantity(OXYGEN_SATURATION),
});

const component = (sign: VitalSign) =>
  z.strictObject({
    code: z.strictObject({ coding: z.tuple([loinc(sign.code)]), text }),
    valueQuantity: quantity(sign),
  });
const bloodPressureSchema = z
  .strictObject({
    ...common,
    code: z.strictObject({ coding: z.tuple([loinc(BLOOD_PRESSURE_PANEL.code)]), text }),
    component: z.tuple([component(SYSTOLIC), component(DIASTOLIC)]),
  })
  .check(
    z.refine((o) => o.component[0].valueQuantity.value > o.component[1].valueQuantity.value, {
      path: ['component'],
      message: 'systolic must be above diastolic',
    }),
  );

const SINGLE_SCHEMAS = SINGLE_SIGNS.filter((sign) => sign !== OXYGEN_SATURATION).map(
  (sign) => [sign.code, single(sign)] as const,
);
export const vitalSignsSchema = z.union([
  ...SINGLE_SCHEMAS.map(([, schema]) => schema),
  oxygenSaturationSchema,
  bloodPressureSchema,
]);
/** The one schema that a code can fit: trying all of a union costs ten times as much. */
const SCHEMA_OF = new Map<string, z.ZodMiniType<VitalSignsObservation>>([
  ...SINGLE_SCHEMAS,
  [OXYGEN_SATURATION.code, oxygenSaturationSchema],
  [BLOOD_PRESSURE_PANEL.code, bloodPressureSchema],
]);
export type VitalSignsObservation = z.infer<typeof vitalSignsSchema>;

/**
 * Bytes of an Observation that we author.
 * @throws RecordsError `profile-violated`; the facts count the faults, for zod's text would quote values.
 */
export function encodeObservation(observation: Resource & { readonly code: unknown }): Uint8Array {
  const [coding] = codingsOf(observation.code);
  const checked = (SCHEMA_OF.get(coding?.code ?? '') ?? vitalSignsSchema).safeParse(observation);
  if (!checked.success) throw new RecordsError('profile-violated', { faults: checked.error.issues.length });
  return new TextEncoder().encode(JSON.stringify(checked.data));
}
