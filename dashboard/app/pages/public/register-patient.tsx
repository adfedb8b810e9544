import { RegisterPage } from './register.tsx';

export function Page() {
  return <RegisterPage kind="patient" />;
}
