# Sign-ins from other countries are blocked.
package countries_blocked

import rego.v1

countries := {location.id |
	some location in input.datasets.namedLocations
	count(location.countriesAndRegions) > 0
}

blocks(policy) if {
	"All" in policy.conditions.users.includeUsers
	"All" in policy.conditions.applications.includeApplications
	"All" in policy.conditions.locations.includeLocations
	some location in policy.conditions.locations.excludeLocations
	location in countries
	"block" in policy.grantControls.builtInControls
}

enforced := [policy | some policy in input.datasets.conditionalAccessPolicies; policy.state == "enabled"; blocks(policy)]

tried := [policy |
	some policy in input.datasets.conditionalAccessPolicies
	policy.state == "enabledForReportingButNotEnforced"
	blocks(policy)
]

fact(policy, observed, expected) := {
	"subject": {"kind": "policy", "id": policy.id, "name": policy.displayName},
	"observed": observed,
	"expected": expected,
}

finding := {
	"verdict": "pass",
	"summary": "A Conditional Access policy refuses sign-ins from countries where nobody works.",
	"evidence": [fact(policy, "blocks all countries but those named", "") | some policy in enforced],
} if {
	count(enforced) > 0
} else := {
	"verdict": "partial",
	"summary": "A policy by country exists, but only reports.",
	"evidence": [fact(policy, "report-only", "on") | some policy in tried],
	"wouldPassIf": "the policy below is turned on",
} if {
	count(tried) > 0
} else := {
	"verdict": "fail",
	"summary": "No Conditional Access policy refuses sign-ins by country.",
	"evidence": [{
		"subject": {"kind": "tenant", "id": "", "name": "tenant"},
		"observed": sprintf("%d country locations, no policy that blocks the others", [count(countries)]),
		"expected": "a policy that blocks all countries but those where people work",
	}],
	"wouldPassIf": "a policy blocks all users and all resources from every location but the countries where people work",
}
