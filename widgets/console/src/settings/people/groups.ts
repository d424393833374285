/** Groups of skills that stand beside each other in the matrix. Pure. */

type Grouped = { readonly category?: string | null };

/** Return the groups in their order, each with how many columns it spans. */
export function groupsOf(skills: readonly Grouped[]): { name: string; span: number }[] {
  const groups: { name: string; span: number }[] = [];
  for (const skill of skills) {
    const last = groups.at(-1);
    const name = skill.category ?? "";
    if (last && last.name === name) last.span++;
    else groups.push({ name, span: 1 });
  }
  return groups;
}

/** Say whether a column is the first of its group. */
export function startsGroup(skills: readonly Grouped[], column: number): boolean {
  return column === 0 || skills[column]?.category !== skills[column - 1]?.category;
}
