// expected: nothing
export const Page = ({ name }: { name: string }) => <p>{name}</p>;
