/** What ails the invented patients: SNOMED CT, RxNorm and LOINC codes with the usual displays. */
export interface ChartProfile {
  heightCm: number;
  weightKg: number;
  bloodGroup: 'A+' | 'A-' | 'B+' | 'AB+' | 'O+' | 'O-';
  systolic: number;
  /** SNOMED CT code, display, year of onset. */
  conditions: readonly (readonly [string, string, number])[];
  /** RxNorm code, display, dosage, year of start. */
  medications: readonly (readonly [string, string, string, number])[];
  /** SNOMED CT code, display, criticality, manifestation; none known when empty. */
  allergies: readonly (readonly [string, string, 'low' | 'high', string])[];
  /** Laboratory values by name, around which the results of this year lie. */
  laboratory: Partial<Record<LaboratoryTest, number>>;
}

/** LOINC code, display, UCUM unit, digits, usual low and high. */
export const LABORATORY = {
  haemoglobin: ['718-7', 'Hemoglobin [Mass/volume] in Blood', 'g/dL', 1, 12, 17],
  hba1c: ['4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', '%', 1, 4, 5.6],
  creatinine: ['2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 'mg/dL', 2, 0.6, 1.3],
  potassium: ['2823-3', 'Potassium [Moles/volume] in Serum or Plasma', 'mmol/L', 1, 3.5, 5.1],
  cholesterol: ['13457-7', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma', 'mg/dL', 0, 0, 130],
  natriuretic: ['30934-4', 'Natriuretic peptide B [Mass/volume] in Serum or Plasma', 'pg/mL', 0, 0, 100],
} as const;
export type LaboratoryTest = keyof typeof LABORATORY;

export const PROFILES: Readonly<Record<string, ChartProfile>> = {
  'ove-lindqvist': {
    heightCm: 178,
    weightKg: 84,
    bloodGroup: 'A+',
    systolic: 146,
    conditions: [
      ['38341003', 'Hypertensive disorder', 2009],
      ['49436004', 'Atrial fibrillation', 2021],
    ],
    medications: [
      ['1364430', 'apixaban 5 MG Oral Tablet', 'One tablet twice a day', 2021],
      [
        '866436',
        'metoprolol succinate 50 MG Extended Release Oral Tablet',
        'One tablet in the morning',
        2021,
      ],
    ],
    allergies: [['764146007', 'Penicillin', 'high', 'Anaphylaxis']],
    laboratory: { haemoglobin: 14.1, creatinine: 1.2, potassium: 4.4, cholesterol: 118, natriuretic: 180 },
  },
  'amal-haddad': {
    heightCm: 164,
    weightKg: 61,
    bloodGroup: 'O+',
    systolic: 112,
    conditions: [['195967001', 'Asthma', 1999]],
    medications: [['745752', 'albuterol 0.09 MG/ACTUAT Metered Dose Inhaler', 'Two puffs when needed', 2015]],
    allergies: [['260147004', 'House dust mite', 'low', 'Allergic rhinitis']],
    laboratory: { haemoglobin: 11.4, creatinine: 0.7, potassium: 4.1 },
  },
  'grace-okafor': {
    heightCm: 169,
    weightKg: 82,
    bloodGroup: 'B+',
    systolic: 134,
    conditions: [
      ['44054006', 'Diabetes mellitus type 2', 2016],
      ['414916001', 'Obesity', 2012],
    ],
    medications: [
      [
        '860975',
        '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet',
        'Two tablets with dinner',
        2016,
      ],
    ],
    allergies: [],
    laboratory: { haemoglobin: 13.2, hba1c: 7.4, creatinine: 0.9, potassium: 4.5, cholesterol: 141 },
  },
  'tomasz-nowak': {
    heightCm: 181,
    weightKg: 77,
    bloodGroup: 'AB+',
    systolic: 128,
    conditions: [['13645005', 'Chronic obstructive lung disease', 2018]],
    medications: [
      ['1552004', 'tiotropium 0.0025 MG/ACTUAT Inhalation Spray', 'Two puffs in the morning', 2018],
    ],
    allergies: [['227037002', 'Fish', 'high', 'Urticaria']],
    laboratory: { haemoglobin: 16.2, creatinine: 1, potassium: 4.2 },
  },
  'mei-tanaka': {
    heightCm: 158,
    weightKg: 50,
    bloodGroup: 'A-',
    systolic: 108,
    conditions: [['37796009', 'Migraine', 2014]],
    medications: [
      ['313165', 'sumatriptan 100 MG Oral Tablet', 'One tablet at the onset, at most two a day', 2019],
    ],
    allergies: [['387458008', 'Aspirin', 'low', 'Wheezing']],
    laboratory: { haemoglobin: 12.6, creatinine: 0.7, potassium: 4 },
  },
  'carlos-ferreira': {
    heightCm: 172,
    weightKg: 88,
    bloodGroup: 'O-',
    systolic: 138,
    conditions: [
      ['84114007', 'Heart failure', 2022],
      ['433144002', 'Chronic kidney disease stage 3', 2023],
    ],
    medications: [
      ['310429', 'furosemide 20 MG Oral Tablet', 'One tablet in the morning', 2022],
      ['1656340', 'sacubitril 24 MG / valsartan 26 MG Oral Tablet', 'One tablet twice a day', 2023],
    ],
    allergies: [['387406002', 'Sulfonamide', 'high', 'Skin rash']],
    laboratory: { haemoglobin: 11.8, creatinine: 1.7, potassium: 5.3, cholesterol: 96, natriuretic: 540 },
  },
};
