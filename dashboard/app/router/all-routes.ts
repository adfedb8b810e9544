import { accountRoutes } from '../pages/account/routes.ts';
import { administratorRoutes } from '../pages/administrator/routes.ts';
import { auditorRoutes } from '../pages/auditor/routes.ts';
import { doctorRoutes } from '../pages/doctor/routes.ts';
import { networkRoutes } from '../pages/network/routes.ts';
import { patientRoutes } from '../pages/patient/routes.ts';
import { publicRoutes } from '../pages/public/routes.ts';
import { researcherRoutes } from '../pages/researcher/routes.ts';
import type { Route } from './routes.ts';

/** Every page of the app. The build writes the paths down, so that the node answers 404 to any other. */
export const ALL_ROUTES: readonly Route[] = [
  ...publicRoutes,
  ...networkRoutes,
  ...accountRoutes,
  ...patientRoutes,
  ...doctorRoutes,
  ...researcherRoutes,
  ...administratorRoutes,
  ...auditorRoutes,
];
