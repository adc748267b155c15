// Renders the shipped template and evaluates the shipped triggers for every Application of the fixtures, with the
// libraries that Argo CD uses: text/template with sprig, and expr. Writes test/local/argocd/fixtures/renderings.json.
//
//	cd test/local/argocd/go && go run .
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"github.com/expr-lang/expr"
	"sigs.k8s.io/yaml"
)

type condition struct {
	When    string `json:"when"`
	OncePer string `json:"oncePer"`
}

type conditionResult struct {
	Triggered bool   `json:"triggered"`
	OncePer   string `json:"oncePer,omitempty"`
}

type rendering struct {
	Body       string            `json:"body"`
	Conditions []conditionResult `json:"conditions"`
}

// The time of the evaluation: test/local/argocd/renderings.test.ts has it too.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const argoCdUrl = "https://argocd.contoso.example"

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func check(err error) { must(0, err) }

// evaluate does what the engine does with each condition of a trigger.
func evaluate(conditions []condition, vars map[string]any) []conditionResult {
	results := []conditionResult{}
	for _, c := range conditions {
		triggered, _ := must(expr.Run(must(expr.Compile(c.When)), vars)).(bool)
		result := conditionResult{Triggered: triggered}
		if triggered && c.OncePer != "" {
			result.OncePer = fmt.Sprintf("%v", must(expr.Run(must(expr.Compile(c.OncePer)), vars)))
		}
		results = append(results, result)
	}
	return results
}

func main() {
	configMap := must(os.ReadFile("../../../../infra/argocd/notifications-cm.yaml"))
	var shipped struct{ Data map[string]string }
	check(yaml.Unmarshal(configMap, &shipped))
	var notification struct {
		Webhook map[string]struct{ Body string }
	}
	check(yaml.Unmarshal([]byte(shipped.Data["template.tagrelay"]), &notification))
	var conditions []condition
	check(yaml.Unmarshal([]byte(shipped.Data["trigger.tagrelay"]), &conditions))
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	body := must(template.New("body").Funcs(functions).Parse(notification.Webhook["tagrelay"].Body))

	renderings := map[string]rendering{}
	for _, file := range must(filepath.Glob("../fixtures/applications/*.json")) {
		var app map[string]any
		check(json.Unmarshal(must(os.ReadFile(file)), &app))
		vars := map[string]any{
			"app":     app,
			"context": map[string]string{"argocdUrl": argoCdUrl},
			// As pkg/expr/time of argoproj/notifications-engine, at a fixed time.
			"time": map[string]any{
				"Now":   func() time.Time { return now },
				"Parse": func(text string) time.Time { return must(time.Parse(time.RFC3339, text)) },
			},
		}
		var text bytes.Buffer
		check(body.Execute(&text, vars))
		if !json.Valid(text.Bytes()) {
			check(fmt.Errorf("%s: the rendered body is no JSON:\n%s", file, text.String()))
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		renderings[name] = rendering{text.String(), evaluate(conditions, vars)}
	}
	// The test compares this, so that renderings of an older template are noticed.
	digest := fmt.Sprintf("%x", sha256.Sum256(configMap))
	var output bytes.Buffer
	encoder := json.NewEncoder(&output)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	check(encoder.Encode(map[string]any{"configMap": digest, "argocdUrl": argoCdUrl, "renderings": renderings}))
	check(os.WriteFile("../fixtures/renderings.json", output.Bytes(), 0o644))
}
