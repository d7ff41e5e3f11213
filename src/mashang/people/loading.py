"""Loading units, accounts, posts and duty from one sheet: all of it or nothing, again and again.

The sheet says what shall be; what it does not name stays. Nobody is removed by being left out:
a post ends on its last day, a duty by 否.
"""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mashang.core.crypto import blind_index
from mashang.core.loading import Tally, all_or_nothing
from mashang.core.tables import Faults, Row, Say
from mashang.people.finding import spell_units
from mashang.people.hours import Hours
from mashang.people.models import Account, Post, Role, Shift, Unit
from mashang.people.roles import clash, overlap
from mashang.people.sheet import Office, Sheet, read_sheet
from mashang.places.models import Place

BATCH = 500
NEEDED = {"unit_name", "unit_kind", "unit_place"}  # of a new unit
PostKey = tuple[str, str, str, str, str]  # username, unit code, role, position, place code


def load_people(path: Path, *, dry_run: bool = False, say: Say | None = None) -> Tally:
    """Bring units, accounts, posts and duty in line with a sheet; empty cells change nothing.

    New accounts cannot sign in until somebody sets a password. `duty` replaces the person's hours
    at that unit. Raises BadTable with every fault, and then writes nothing.
    """
    faults = Faults()
    sheet = read_sheet(path, faults, say=say)
    with all_or_nothing(dry_run=dry_run):
        loading = Loading(sheet)
        loading.bring_units_in_line()
        loading.bring_accounts_in_line()
        loading.bring_posts_in_line()
        loading.bring_duty_in_line()
        faults.stop_if_any()
        tally = loading.write()
        spell_units()
        return tally


class Loading:
    """One load: first everything in memory, so that all faults are found, then the writing."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.today = timezone.localdate()
        self.tally = Tally()
        self.touched: set[int] = set()
        self.places = set(Place.objects.current(self.today).values_list("pk", flat=True))
        self.units = {unit.code: unit for unit in Unit.objects.select_related("parent")}
        self.parents = {code: unit.parent.code for code, unit in self.units.items() if unit.parent}
        self.accounts = {account.username: account for account in Account.objects.all()}
        self.posts: dict[PostKey, list[Post]] = defaultdict(list)
        self.new: dict[type, list] = defaultdict(list)
        self.changed: dict[type, list] = defaultdict(list)

    def _count(self, row: Row, what: str) -> None:
        self.tally[what] += 1
        self.touched.add(row.line)

    def _is_place(self, row: Row, code: str) -> bool:
        if code in self.places:
            return True
        row.refuse(_("没有这个地点，或已停用：%(code)s") % {"code": code})
        return False

    # Units ---------------------------------------------------------------------------------

    def bring_units_in_line(self) -> None:
        for code, said in self.sheet.units.items():
            row, values = said.row, said.values
            unit = self.units.get(code)
            if unit is None and not values.keys() >= NEEDED:
                row.refuse(_("没有单位 %(code)s；新单位要写名称、类别和所在地") % {"code": code})
                continue
            if unit is not None and not unit.is_active:
                row.refuse(_("单位已停用：%(code)s") % {"code": code})
            place = values.get("unit_place", "")
            if place and not self._is_place(said.rows["unit_place"], place):
                continue
            parent = values.get("unit_parent", "")
            if parent and parent not in self.units and parent not in self.sheet.units:
                said.rows["unit_parent"].refuse(_("没有上级单位：%(code)s") % {"code": parent})
            self._apply_unit(code, unit, row, values)
        self._refuse_circles()

    def _apply_unit(self, code: str, unit: Unit | None, row: Row, values: dict[str, str]) -> None:
        is_new = unit is None
        unit = unit or Unit(code=code)
        before = (unit.name, unit.kind, unit.place_id, self.parents.get(code))
        unit.name = values.get("unit_name", unit.name)
        unit.kind = values.get("unit_kind", unit.kind)
        unit.place_id = values.get("unit_place", unit.place_id)
        if "unit_parent" in values:
            self.parents[code] = values["unit_parent"]
        self.units[code] = unit
        if is_new:
            self.new[Unit].append(unit)
            self._count(row, _("新增单位"))
        elif before != (unit.name, unit.kind, unit.place_id, self.parents.get(code)):
            self.changed[Unit].append(unit)
            self._count(row, _("修改单位"))

    def _refuse_circles(self) -> None:
        for code, said in self.sheet.units.items():
            seen, step = {code}, self.parents.get(code)
            while step and step not in seen:
                seen.add(step)
                step = self.parents.get(step)
            if step:
                said.row.refuse(_("上级单位绕成了圈：%(code)s") % {"code": code})

    # Accounts ------------------------------------------------------------------------------

    def bring_accounts_in_line(self) -> None:
        for username, said in self.sheet.accounts.items():
            account = self.accounts.get(username)
            if account is None and "name" not in said.values:
                said.row.complain("name", _("没有填"))
                continue
            if account is not None and not account.is_active:
                said.row.refuse(_("账号已停用：%(username)s") % {"username": username})
                continue
            is_new = account is None
            account = account or Account(username=username, password=make_password(None))
            before = (account.name, account.phone)
            account.name = said.values.get("name", account.name)
            account.phone = said.values.get("phone", account.phone)
            account.phone_index = blind_index(account.phone) if account.phone else ""
            self.accounts[username] = account
            if is_new:
                self.new[Account].append(account)
                self._count(said.row, _("新增人员"))
            elif before != (account.name, account.phone):
                self.changed[Account].append(account)
                self._count(said.row, _("修改人员"))
        self._refuse_shared_phones()

    def _refuse_shared_phones(self) -> None:
        """A code sent to a phone proves one person, so no two may share it."""
        owners: dict[str, list[str]] = defaultdict(list)
        for username, account in self.accounts.items():
            if account.phone and account.is_active:
                owners[account.phone].append(username)
        for username, said in self.sheet.accounts.items():
            account = self.accounts.get(username)
            others = owners[account.phone] if account and account.phone else []
            other = next((name for name in others if name != username), None)
            if other:
                said.rows.get("phone", said.row).refuse(
                    _("手机号与 %(username)s（%(name)s）相同")
                    % {"username": other, "name": self.accounts[other].name}
                )

    # Posts ---------------------------------------------------------------------------------

    def bring_posts_in_line(self) -> None:
        for post in Post.objects.select_related("account", "unit"):
            if post.account.username in self.sheet.accounts:
                key = (post.account.username, post.unit.code, post.role, post.position)
                self.posts[*key, post.place_id].append(post)
        lines: dict[int, Row] = {}
        for office in self.sheet.offices:
            self._bring_post_in_line(office, lines)
        held: dict[str, list[Post]] = defaultdict(list)
        for key, posts in self.posts.items():
            held[key[0]] += posts
        for username, posts in held.items():
            pair = clash(posts)
            if pair:
                row = lines.get(id(pair[1])) or lines.get(id(pair[0]))
                (row or self.sheet.accounts[username].row).refuse(
                    _("%(username)s 不能同时是%(one)s和%(other)s")
                    % {
                        "username": username,
                        "one": Role(pair[0].role).label,
                        "other": Role(pair[1].role).label,
                    }
                )

    def _bring_post_in_line(self, office: Office, lines: dict[int, Row]) -> None:
        row, unit, account = (
            office.row,
            self.units.get(office.unit),
            self.accounts.get(office.username),
        )
        if unit is None or account is None or not office.role:
            return  # refused before
        place = office.scope or unit.place_id
        if not self._is_place(row, place):
            return
        key = (office.username, office.unit, office.role, office.position, place)
        post = self._same_post(key, office)
        if post is not None and id(post) in lines:
            line = lines[id(post)].line
            row.refuse(_("与第 %(line)d 行是同一任职") % {"line": line})
            return
        is_new = post is None
        post = post or Post(
            account=account,
            unit=unit,
            role=office.role,
            position=office.position,
            place_id=place,
            starts_on=office.starts or self.today,
        )
        before = (post.title, post.is_lead, post.starts_on, post.ends_on)
        post.title = office.title or post.title
        post.is_lead = post.is_lead if office.is_lead is None else office.is_lead
        post.starts_on = office.starts or post.starts_on
        post.ends_on = office.ends or post.ends_on
        if post.ends_on and post.ends_on < post.starts_on:
            row.refuse(_("离任日期早于任职日期"))
        lines[id(post)] = row
        if is_new:
            self.posts[key].append(post)
            self.new[Post].append(post)
            self._count(row, _("新增任职"))
        elif before != (post.title, post.is_lead, post.starts_on, post.ends_on):
            self.changed[Post].append(post)
            self._count(row, _("修改任职"))

    def _same_post(self, key: PostKey, office: Office) -> Post | None:
        """The post that the row speaks of: the same office in a time that overlaps the row's."""
        starts, ends = office.starts or date.min, office.ends
        same = [
            post for post in self.posts[key] if overlap(starts, ends, post.starts_on, post.ends_on)
        ]
        return max(same, key=lambda post: post.starts_on, default=None)

    # Duty ----------------------------------------------------------------------------------

    def bring_duty_in_line(self) -> None:
        wanted: dict[tuple[str, str], dict[Hours, None]] = {}
        rows: dict[tuple[str, str], Row] = {}
        for office in self.sheet.offices:
            if office.duty is not None:
                key = (office.username, office.unit)
                wanted.setdefault(key, {}).update(dict.fromkeys(office.duty))
                rows.setdefault(key, office.row)
        current: dict[tuple[str, str], dict[Hours, Shift]] = defaultdict(dict)
        last: dict[str, int] = defaultdict(int)
        for shift in Shift.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=self.today), is_dated=False, withdrawn_at=None
        ).select_related("account", "unit"):
            hours = Hours(shift.weekdays, shift.starts, shift.ends)
            current[shift.account.username, shift.unit.code][hours] = shift
            last[shift.unit.code] = max(last[shift.unit.code], shift.order)
        for (username, code), hours_wanted in wanted.items():
            row = rows[username, code]
            account, unit = self.accounts.get(username), self.units.get(code)
            if account is None or unit is None:
                continue  # refused before
            if hours_wanted and not account.phone:
                row.refuse(_("值班的人要有手机号"))
            held = current[username, code]
            for hours in held.keys() - hours_wanted.keys():
                held[hours].valid_to = self.today - timedelta(days=1)
                self.changed[Shift].append(held[hours])
                self._count(row, _("停止值班"))
            for hours in hours_wanted:
                if hours not in held:
                    last[code] += 1
                    self.new[Shift].append(self._shift(unit, account, hours, last[code]))
                    self._count(row, _("新增值班"))

    def _shift(self, unit: Unit, account: Account, hours: Hours, order: int) -> Shift:
        return Shift(
            unit=unit,
            account=account,
            weekdays=hours.weekdays,
            starts=hours.starts,
            ends=hours.ends,
            valid_from=self.today,
            order=order,
        )

    # Writing -------------------------------------------------------------------------------

    def write(self) -> Tally:
        Unit.objects.bulk_create(self.new[Unit], batch_size=BATCH)
        units = self.new[Unit] + self.changed[Unit]
        for unit in units:
            above = self.parents.get(unit.code)
            unit.parent = self.units[above] if above else None
        Unit.objects.bulk_update(units, ["name", "kind", "place", "parent"], batch_size=BATCH)
        Account.objects.bulk_create(self.new[Account], batch_size=BATCH)
        Account.objects.bulk_update(
            self.changed[Account], ["name", "phone", "phone_index"], batch_size=BATCH
        )
        Post.objects.bulk_create(self.new[Post], batch_size=BATCH)
        Post.objects.bulk_update(
            self.changed[Post], ["title", "is_lead", "starts_on", "ends_on"], batch_size=BATCH
        )
        Shift.objects.bulk_create(self.new[Shift], batch_size=BATCH)
        Shift.objects.bulk_update(self.changed[Shift], ["valid_to"], batch_size=BATCH)
        self.tally.unchanged = self.sheet.rows - len(self.touched)
        return self.tally
