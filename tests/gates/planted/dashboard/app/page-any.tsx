// expected: typescript(no-explicit-any)
export const Page = ({ name }: { name: any }) => <p>{name}</p>;
