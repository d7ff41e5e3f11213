"""The nationwide numbers of those who are turned to; a city's own stand in its services."""

from mashang.legal.flows import Door

PHONES: dict[Door, str] = {
    Door.LEGAL_AID: "12348",
    Door.MEDIATION: "12348",
    Door.LABOUR_INSPECTION: "12333",
    Door.LABOUR_ARBITRATION: "12333",
    Door.SOCIAL_INSURANCE: "12333",
    Door.COURT: "12368",
    Door.POLICE: "110",
    Door.CONSUMER: "12315",
    Door.WOMEN: "12338",
}
