"""A spreadsheet as people really make them: each line is good, there already, or named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecare.errors import InvalidInput
from telecare.register.device_list import DeviceList, Known, read_device_list
from telecare.register.devices import Device
from telecare.vocabulary import DeviceKind

HUB_1 = Device(org="oak", device="hub-1", home="home-1", serial="S1", sim="8944110068000000001")
KNOWN = Known(
    org="oak",
    time_zone="Europe/London",
    devices={"hub-1": HUB_1},
    homes=frozenset({"home-1", "home-2"}),
)
HEAD = "device,home,kind,model,room,serial,sim,heartbeat_seconds\n"


def read(*lines: str, head: str = HEAD) -> DeviceList:
    return read_device_list(head + "\n".join(lines), KNOWN)


def why(line: str) -> str:
    found = read(line)
    assert (found.lines, found.new, found.there_already) == (1, [], 0)
    (fault,) = found.faults
    assert fault.line == 2
    return fault.why


def test_a_whole_line_becomes_a_device() -> None:
    found = read("hub-2,home-2,hub,Hub 5,hall,S2,8944 1100 6800 0000 002,3600")
    assert found.new == [
        Device(
            org="oak", device="hub-2", home="home-2", kind=DeviceKind.HUB, model="Hub 5",
            room="hall", serial="S2", sim="8944110068000000002", heartbeat_seconds=3600,
        )
    ]  # fmt: skip
    assert found.faults == []


def test_a_spreadsheet_of_another_country_with_a_byte_order_mark() -> None:
    text = '\ufeffHome;"Device"\r\nhome-1;hub-3\r\n\r\n;\r\nhome-2;"hub-4"\r\n'
    found = read_device_list(text, KNOWN)
    assert [each.device for each in found.new] == ["hub-3", "hub-4"]
    assert (found.lines, found.faults) == (2, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",home-1,,,,,,", "A device's id is missing."),
        ("Hub 7,home-1,,,,,,", "A device's id must be 1 to 40 characters of a-z"),
        ("hub-7,,,,,,,", "A home's id is missing."),
        ("hub-7,home-9,,,,,,", "There is no home home-9; add it first"),
        ("hub-7,home-1,pendent,,,,,", "There is no kind 'pendent'; write one of hub, pendant"),
        ("hub-7,home-1,,,,,,hourly", "The heartbeat 'hourly' must be whole seconds"),
        ("hub-7,home-1,,,,,,3", "must be whole seconds between 10 and 604800"),
        ("hub-7,home-1,,,,,," + "9" * 150, "must be whole seconds"),
        ("hub-7,home-1,,,,,8944,", "The SIM '8944' cannot be one; it has 18 to 20 digits"),
        ("hub-7,home-1,,,,,8.94E+18,", "was rounded by a spreadsheet; format the column as text"),
        ("hub-7,home-1,,,,a b,,", "The serial number 'a b' cannot be one"),
        ("hub-7,home-1,,,,S1,,", "Its serial number belongs to device hub-1"),
        ("hub-7,home-1,,,,,8944110068000000001,", "Its SIM belongs to device hub-1"),
        ("hub-1,home-2,,,,S1,8944110068000000001,", "in the register with another home;"),
        ('hub-7,home-1,,"Hub 5,,,,', "A quotation mark is not closed, or stands alone"),
        ("hub-7,home-1,,,,,,,,", "It has 10 cells where the first line names 8."),
        ("hub-7,home-1", "It has 2 cells where the first line names 8."),
        ("hub-7,home-1,,Hub\x1b[2J,,,,", "holds signs that cannot be printed"),
        (f"hub-7,home-1,,{'x' * 201},,,,", "The model is longer than 200 characters"),
    ],
)
def test_a_faulty_line_is_told_in_plain_words(line: str, said: str) -> None:
    assert said in why(line)


def test_all_that_is_wrong_with_a_line_is_said_at_once() -> None:
    told = why("Hub 7,home-1,pendent,,,,,hourly")
    assert told.count(".") >= 3
    assert "A device's id" in told
    assert "kind" in told
    assert "heartbeat" in told


def test_of_two_lines_for_one_device_none_is_guessed_to_be_right() -> None:
    found = read("hub-7,home-1,,,,,,", "hub-8,home-1,,,,,,", "hub-7,home-2,,,,,,")
    assert [(each.line, each.why) for each in found.faults] == [
        (2, "Device hub-7 is on line 4 too; leave the right one."),
        (4, "Device hub-7 is on line 2 too; leave the right one."),
    ]
    assert [each.device for each in found.new] == ["hub-8"]


def test_a_column_of_nothing_but_unknown_is_told_briefly() -> None:
    """A hundred thousand lines that each named all the others would fill the machine."""
    found = read(*(f"hub-{n},home-1,,,,unknown,," for n in range(10, 9_010)))
    first, last = found.faults[0], found.faults[-1]
    assert len(found.faults) == 9_000
    assert first.why == (
        "Serial number unknown is on line 3, 4, 5, 6, 7 and 8994 more too; leave the right one."
    )
    assert last.why == (
        "Serial number unknown is on line 2, 3, 4, 5, 6 and 8994 more too; leave the right one."
    )


def test_a_stray_quotation_mark_does_not_swallow_the_lines_after_it() -> None:
    found = read('hub-7,home-1,,"Hub 5,,,,', *(f"hub-{n},home-2,,,,,," for n in range(20, 30)))
    assert [each.line for each in found.faults] == [2]
    assert len(found.new) == 10


def test_a_line_break_in_a_cell_is_told_once_and_the_rows_after_it_keep_their_numbers() -> None:
    found = read(
        "hub-2,home-1,,,hall,,,",
        "",
        'hub-3,home-1,,,"hall',
        'upstairs",,,',
        "hub-4,home-9,,,,,,",
        'hub-5,home-1,,"Hub 5',
        '",,,,',
    )
    told, missing = found.faults
    assert (told.line, told.device) == (4, "hub-3")
    assert told.why == (
        "The room goes on over a line break, from 'hall' to 'upstairs'; write it on one line, or "
        "remove the quotation mark before it."
    )
    assert (missing.line, missing.device) == (5, "hub-4")
    assert [each.device for each in found.new] == ["hub-2", "hub-5"]


def test_what_two_stray_quotation_marks_enclose_is_told_and_not_taken_for_a_cell() -> None:
    head = "device,home,model,address\n"
    found = read(
        'hub-2,home-2,Hub 5,"12 Mill Lane', "hub-3,home-2,Hub 5,", 'hub-4,home-2,Hub 5,19"',
        "hub-6,home-2,Hub 5,", head=head,
    )  # fmt: skip
    (fault,) = found.faults
    assert (fault.line, fault.device) == (2, "hub-2")
    assert "from '12 Mill Lane' to 'hub-4,home-2,Hub 5,19'" in fault.why
    assert [each.device for each in found.new] == ["hub-6"]


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "sep=;;;\n", ""])
def test_the_separator_may_be_named_before_the_names_of_the_columns(first: str) -> None:
    found = read_device_list(f"{first}device;home;model\nhub-2;home-2;Hub 5, grey\nhub-3;", KNOWN)
    assert [each.model for each in found.new] == ["Hub 5, grey"]
    assert [(each.line, each.why) for each in found.faults] == [
        (3, "It has 2 cells where the first line names 3.")
    ]


def test_cells_copied_out_of_a_spreadsheet_are_parted_by_tabs() -> None:
    found = read_device_list('device\thome\tmodel\nhub-2\thome-2\t"Hub 5, grey; new"\n', KNOWN)
    assert [each.model for each in found.new] == ["Hub 5, grey; new"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "device, home is missing"),
        ("device,kind", "home is missing"),
        ("device,home,colour", "'colour' is none of them"),
        ("device,home,home", "each once"),
    ],
)
def test_without_usable_columns_nothing_is_read(head: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read("hub-7,home-1", head=head + "\n")


@given(st.lists(st.text(alphabet=st.sampled_from('hub-7,";1 \t\x00é\u2028e+'), max_size=40)))
def test_whatever_is_written_every_line_is_new_there_already_or_named(lines: list[str]) -> None:
    found = read(*lines)
    assert found.lines == len(found.new) + found.there_already + len(found.faults)
    assert all(fault.why.endswith(".") for fault in found.faults)


def test_a_line_an_exchange_and_a_network_are_taken_in_and_checked() -> None:
    head = "device,home,line,exchange,network\n"
    found = read("hub-2,home-2,Analogue,Poole,BT 12", "hub-3,home-2,isdn,,", head=head)
    (device,) = found.new
    assert (device.line, device.exchange, device.network) == ("analogue", "Poole", "BT 12")
    (fault,) = found.faults
    assert fault.why == "There is no line 'isdn'; write analogue or digital."
